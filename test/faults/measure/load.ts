import { setTimeout as delay } from "node:timers/promises";
import { NearfieldError, type NearfieldClient } from "../../../shared/client/nearfield-client.ts";
import { required } from "../../../shared/std/assert.ts";
import type { Random } from "../../../shared/std/random.ts";
import { vectorOf } from "../../flows/vectors.ts";

export const COLLECTION = "v";
export const DOCUMENTS = 1_000;
export const DEADLINE_MS = 5_000;
/** Queries that are asked again and again. */
const REPEATED = 20;
const UNDER_WAY_MAX = 500;

/** One request, as its caller saw it. */
export interface Sample {
  readonly kind: "retrieve" | "get" | "write";
  readonly location: string;
  readonly dueMs: number;
  readonly tookMs: number;
  /** Answered as asked: a read whole. */
  readonly ok: boolean;
  /** The problem's code where it was refused; `none` for a failure without one. */
  readonly code: string | null;
  readonly region: string | null;
  readonly tier: string | null;
}

export interface Mix {
  /** Share of all requests that are one and the same query; 0 for none. */
  readonly hotShare: number;
}

/**
 * Requests by the clock, whatever the answers do: 80 % retrievals, half of them of queries that come again, 10 % reads by id,
 * 10 % writes, from all locations in turn.
 */
export class MixedLoad {
  readonly samples: Sample[] = [];
  /** Ids of acknowledged writes. */
  readonly written: string[] = [];
  readonly #clients: readonly { readonly name: string; readonly client: NearfieldClient }[];
  readonly #random: Random;
  readonly #mix: Mix;
  #next = 0;
  #running = true;

  constructor(
    clients: readonly { readonly name: string; readonly client: NearfieldClient }[],
    random: Random,
    mix: Mix,
  ) {
    this.#clients = clients;
    this.#random = random;
    this.#mix = mix;
  }

  /** Sends until `stop`; resolves when all that was sent has ended. */
  async run(perS: number): Promise<void> {
    const underWay = new Set<Promise<void>>();
    const startMs = performance.now();
    let n = 0;
    while (this.#running) {
      const dueMs = startMs + (n++ * 1_000) / perS;
      await delay(Math.max(0, dueMs - performance.now()));
      if (underWay.size >= UNDER_WAY_MAX) continue;
      const sent = this.#send(dueMs).finally(() => underWay.delete(sent));
      underWay.add(sent);
    }
    await Promise.all(underWay);
  }

  stop(): void {
    this.#running = false;
  }

  async #send(dueMs: number): Promise<void> {
    const n = this.#next++;
    const { name, client } = required(this.#clients[n % this.#clients.length], "a location");
    const dice = this.#random();
    const kind = dice < 0.8 ? "retrieve" : dice < 0.9 ? "get" : "write";
    const sample = { kind, location: name, dueMs } as const;
    try {
      const { region, tier, whole } = await this.#call(client, kind, n).catch((error: unknown) => {
        // A connection that its server took along when it died: opened again, it is one try.
        if (error instanceof NearfieldError && error.code === "network-error")
          return this.#call(client, kind, n);
        throw error;
      });
      const tookMs = performance.now() - dueMs;
      this.samples.push({ ...sample, tookMs, ok: whole, code: null, region, tier });
    } catch (error) {
      const code = error instanceof NearfieldError ? error.code : "none";
      const tookMs = performance.now() - dueMs;
      this.samples.push({ ...sample, tookMs, ok: false, code, region: null, tier: null });
    }
  }

  async #call(client: NearfieldClient, kind: Sample["kind"], n: number) {
    if (kind === "write") {
      const id = `w${n}`;
      const document = { id, vectors: { v: vectorOf(100_000 + n) }, metadata: { n } };
      const deadlineMs = DEADLINE_MS;
      await client.putDocuments({ collection: COLLECTION, documents: [document], deadlineMs });
      this.written.push(id);
      return { region: null, tier: null, whole: true };
    }
    if (kind === "get") {
      const id = `d${Math.floor(this.#random() * DOCUMENTS)}`;
      await client.getDocument({ collection: COLLECTION, id, deadlineMs: DEADLINE_MS });
      return { region: null, tier: null, whole: true };
    }
    const { wanted, k } = this.#query(n);
    const query = { vector: vectorOf(wanted), space: "v" };
    const { hits, coverage, region, tier } = await client.retrieve({
      collection: COLLECTION,
      query,
      k,
      deadlineMs: DEADLINE_MS,
    });
    // A document is the nearest to its own vector: an answer without it is wrong, whatever it says.
    const whole = coverage.missing.length === 0 && hits[0]?.id === `d${wanted}`;
    return { region, tier, whole };
  }

  #query(n: number): { readonly wanted: number; readonly k: number } {
    if (this.#random() < this.#mix.hotShare) return { wanted: 0, k: 10 };
    return this.#random() < 0.5
      ? { wanted: Math.floor(this.#random() * REPEATED), k: 10 }
      : { wanted: Math.floor(this.#random() * DOCUMENTS), k: 1 + (n % 97) };
  }
}
