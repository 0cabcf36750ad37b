import { assert, required } from "../../shared/std/assert.ts";
import type { Random } from "../../shared/std/random.ts";
import { isWrite, type Asked, type Operation } from "./operation.ts";

export interface WorkloadOptions {
  readonly clients: number;
  readonly tenants: readonly string[];
  readonly collection: string;
  readonly locations: readonly string[];
  /** Documents that a collection may have. */
  readonly ids: number;
  /** Time that a read or a write is given, ms. */
  readonly readMs: number;
  readonly writeMs: number;
}

/** Groups that filters find documents by. */
const GROUPS = 3;
/** Queries that everybody asks again and again. */
const HOT_QUERIES = 4;
/** Bounds that reads ask for, ms. */
const BOUNDS_MS = [300, 1_000, 5_000, 20_000];
/** Operations of a session, about; then its client begins another, which has seen nothing yet. */
const SESSION_OPERATIONS = 40;
/** Shares of the operations, in percent. */
const SHARES: readonly (readonly [Asked["kind"] | "repeat", number])[] = [
  ["put", 22],
  ["patch", 6],
  ["delete", 5],
  ["delete-found", 1],
  ["repeat", 6],
  ["retrieve", 40],
  ["get", 15],
  ["list", 5],
];

interface Client {
  readonly tenant: string;
  location: string;
  session: number;
  keys: number;
  /** Writes that may be asked again with their key: those of unknown outcome first. */
  unsettled: Asked[];
  last: Asked | null;
  /** Newest position of documents, as it was told. */
  readonly positions: Map<string, number>;
}

/** What clients ask, one operation after another: a function of the seed and of what came back. */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly #random: Random;
  readonly #clients: readonly Client[];
  #ops = 0;
  #values = 0;

  constructor(options: WorkloadOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    this.#clients = Array.from({ length: options.clients }, (_, i) => ({
      tenant: required(options.tenants[i % options.tenants.length], "there is a tenant"),
      location: this.#one(options.locations),
      session: 0,
      keys: 0,
      unsettled: [],
      last: null,
      positions: new Map(),
    }));
  }

  get clients(): number {
    return this.#clients.length;
  }

  next(number: number): Asked {
    const client = this.#client(number);
    const { locations } = this.#options;
    if (this.#random() < 0.2) client.location = this.#one(locations);
    if (this.#random() < 1 / SESSION_OPERATIONS) client.session += 1;
    const kind = this.#kind();
    const repeated = kind === "repeat" ? this.#repeated(client) : null;
    const who = {
      op: this.#ops++,
      client: number,
      sessionId: `c${number}.${client.session}`,
      location: client.location,
    };
    if (repeated !== null) return { ...repeated, ...who };
    return this.#fresh(client, kind === "repeat" ? "put" : kind, who);
  }

  /** Hears of what became of an operation. */
  settle(asked: Asked, { outcome, hits, position }: Operation): void {
    const client = this.#client(asked.client);
    for (const hit of hits) if (hit.position !== null) client.positions.set(hit.id, hit.position);
    if (!isWrite(asked)) return;
    if (position !== null && asked.id !== null) client.positions.set(asked.id, position);
    client.unsettled = client.unsettled.filter(
      (one) => one.idempotencyKey !== asked.idempotencyKey,
    );
    if (outcome === "info") client.unsettled.push(asked);
    if (client.unsettled.length > 5) client.unsettled.shift();
    client.last = asked;
  }

  #fresh(
    client: Client,
    kind: Asked["kind"],
    who: Pick<Asked, "op" | "client" | "sessionId" | "location">,
  ): Asked {
    const { collection, tenants, readMs, writeMs } = this.#options;
    const writes = isWrite({ kind });
    const byId = kind === "put" || kind === "patch" || kind === "delete" || kind === "get";
    const id = byId ? `d${this.#below(this.#options.ids)}` : null;
    const level = writes
      ? null
      : this.#one(["eventual", "bounded", "bounded", "session", "strong"] as const);
    // Callers of two tenants use the same keys, which say nothing of each other.
    const key = writes ? `key-${Math.floor(who.client / tenants.length)}-${client.keys++}` : null;
    const question = kind === "retrieve" ? this.#question() : { query: null, k: null };
    return {
      ...who,
      tenant: client.tenant,
      kind,
      collection,
      id,
      value: kind === "put" || kind === "patch" ? this.#values++ : null,
      group: this.#group(kind, question.query),
      ifPosition: kind === "put" && this.#random() < 0.25 ? this.#guess(client, id) : null,
      idempotencyKey: key,
      level,
      maxStalenessMs: level === "bounded" ? this.#one(BOUNDS_MS) : null,
      ...question,
      deadlineMs: writes ? writeMs : readMs,
    };
  }

  /** Most questions are asked again and again, the others never. */
  #question(): Pick<Asked, "query" | "k"> {
    const query = this.#random() < 0.7 ? this.#below(HOT_QUERIES) : HOT_QUERIES + this.#ops;
    return { query, k: [3, 5, 100][query % 3] ?? 3 };
  }

  #group(kind: Asked["kind"], query: number | null): number | null {
    if (kind === "put" || kind === "delete-found") return this.#below(GROUPS);
    if (query !== null) return query % 2 === 0 ? null : query % GROUPS;
    return kind === "list" && this.#random() < 0.3 ? this.#below(GROUPS) : null;
  }

  /** A position that the document may have. */
  #guess(client: Client, id: string | null): number {
    return this.#random() < 0.2 ? 0 : (client.positions.get(id ?? "") ?? 0);
  }

  #repeated({ unsettled, last }: Client): Asked | null {
    return unsettled[this.#below(Math.max(1, unsettled.length))] ?? last;
  }

  #kind(): Asked["kind"] | "repeat" {
    let dice = this.#random() * 100;
    for (const [kind, share] of SHARES) {
      dice -= share;
      if (dice < 0) return kind;
    }
    return "retrieve";
  }

  #client(number: number): Client {
    return required(this.#clients[number], "there is such a client");
  }

  #one<T>(list: readonly T[]): T {
    assert(list.length > 0, "a list to choose from");
    return list[this.#below(list.length)] as T;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }
}
