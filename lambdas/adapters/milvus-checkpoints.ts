import { DataType, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { Checkpoint } from "../../shared/contracts/checkpoint.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";
import { milvusCall, RPC_MS_MAX } from "./milvus-call.ts";
import type { MilvusCollections } from "./milvus-collections.ts";
import { literal } from "./milvus-filter.ts";
import { queryRows } from "./milvus-reads.ts";
import { UNUSED_FIELD, UNUSED_VECTOR } from "./milvus-tables.ts";

const FIELDS = [
  { name: "row", data_type: DataType.VarChar, max_length: 256, is_primary_key: true },
  { name: "sequence", data_type: DataType.Double },
  { name: "confirmed", data_type: DataType.Bool },
  { name: "made_ms", data_type: DataType.Double },
  { name: "json", data_type: DataType.VarChar, max_length: 65_535 },
  UNUSED_FIELD,
];
const CHECKPOINTS_KEPT = 4;
/** Those kept, and claims under way. */
const ROWS_MAX = 1_000;
/** A claim of this age was left by a process that died; its owner gives up long before. */
const CLAIM_MS_MAX = 15_000;
/** From here on a writer no longer confirms its own claim. */
const CONFIRM_MS_MAX = 5_000;
const ROUNDS_MAX = 20;
const ROUND_WAIT_MS = 25;

/** A row: a claim on the next sequence number, or what became of it: a checkpoint. */
interface Entry {
  readonly row: string;
  readonly sequence: number;
  readonly confirmed: boolean;
  readonly madeMs: number;
  readonly json: string;
}

/**
 * A collection's checkpoints, in a Milvus collection of their own. Milvus writes nothing conditionally, so a writer first claims the next number under a
 * name of its own, then reads: alone there, it confirms; of several the first by name waits for the others to withdraw. As reads
 * see every acknowledged write, no two can each have seen themselves alone. What this leaves open: a writer that is
 * stopped between its look at the clock and its confirmation, for 10 s, while another removes its claim.
 */
export class MilvusCheckpoints {
  /** Name of the Milvus collection. */
  readonly collection: string;
  readonly #client: MilvusClient;
  readonly #collections: MilvusCollections;
  readonly #wallMs: () => number;

  constructor(
    client: MilvusClient,
    collections: MilvusCollections,
    collection: string,
    wallMs: () => number,
  ) {
    this.collection = collection;
    this.#client = client;
    this.#collections = collections;
    this.#wallMs = wallMs;
  }

  /** Makes the collection, so that no write of a checkpoint has to wait for that. */
  async prepare(signal: AbortSignal): Promise<void> {
    const { collection: name } = this;
    const vectorFields = [{ name: UNUSED_FIELD.name, index: null }];
    await this.#collections.ensure({ name, fields: FIELDS, vectorFields }, signal);
  }

  async read(signal: AbortSignal): Promise<Checkpoint | null> {
    if (!(await this.#collections.isThere(this.collection, signal))) return null;
    const entries = await this.#entries(signal).catch(async (error: unknown) => {
      if (await this.#collections.isStillThere(this.collection, signal)) throw error;
      return [];
    });
    const newest = newestOf(entries);
    return newest === null ? null : Checkpoint.parse(JSON.parse(newest.json));
  }

  /** True if `previous` was the newest and `next` now is. */
  async write(
    previous: Checkpoint | null,
    next: Checkpoint,
    signal: AbortSignal,
  ): Promise<boolean> {
    const entries = await this.#entries(signal);
    const held = newestOf(entries);
    if (!same(held, previous)) return false;
    const madeMs = this.#wallMs();
    const sequence = (held?.sequence ?? 0) + 1;
    const claim: Entry = {
      row: `${sequence}/${crypto.randomUUID()}`,
      sequence,
      confirmed: false,
      madeMs,
      json: JSON.stringify(next),
    };
    await this.#put(claim, signal);
    if (!(await this.#alone(claim, signal)) || this.#wallMs() - madeMs > CONFIRM_MS_MAX) {
      await this.#remove([claim], signal);
      return false;
    }
    await this.#put({ ...claim, confirmed: true }, signal);
    await this.#remove(
      entries.filter((entry) => entry.sequence <= sequence - CHECKPOINTS_KEPT),
      signal,
    );
    return true;
  }

  /** Whether the claim is the only one on its number; false as soon as it can't become that. */
  async #alone(claim: Entry, signal: AbortSignal): Promise<boolean> {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const entries = await this.#entries(signal);
      const rivals = entries.filter(
        ({ row, sequence }) => sequence >= claim.sequence && row !== claim.row,
      );
      if (rivals.length === 0) return entries.some(({ row }) => row === claim.row);
      const dead = rivals.filter(
        ({ confirmed, madeMs }) => !confirmed && this.#wallMs() - madeMs > CLAIM_MS_MAX,
      );
      await this.#remove(dead, signal);
      if (
        rivals.some(
          ({ confirmed, row }) =>
            confirmed || (row < claim.row && !dead.some((d) => d.row === row)),
        )
      )
        return false;
      await new Promise((resolve) => setTimeout(resolve, ROUND_WAIT_MS));
    }
    return false;
  }

  async #entries(signal: AbortSignal): Promise<Entry[]> {
    await this.prepare(signal);
    const request = {
      collection_name: this.collection,
      filter: "sequence > 0e+0",
      output_fields: ["row", "sequence", "confirmed", "made_ms", "json"],
      limit: ROWS_MAX,
    };
    return (await queryRows(this.#client, request, signal)).map((row) => ({
      row: String(row["row"]),
      sequence: Number(row["sequence"]),
      confirmed: row["confirmed"] === true,
      madeMs: Number(row["made_ms"]),
      json: String(row["json"]),
    }));
  }

  async #put(
    { row, sequence, confirmed, madeMs, json }: Entry,
    signal: AbortSignal,
  ): Promise<void> {
    const unused = { [UNUSED_VECTOR.name]: UNUSED_VECTOR.values };
    const data = [{ row, sequence, confirmed, made_ms: madeMs, json, ...unused }];
    await milvusCall(
      "upsert",
      () => this.#client.upsert({ collection_name: this.collection, data, timeout: RPC_MS_MAX }),
      signal,
    );
  }

  async #remove(entries: readonly Entry[], signal: AbortSignal): Promise<void> {
    if (entries.length === 0) return;
    const rows = entries.map(({ row }) => literal(row)).join(", ");
    const request = { collection_name: this.collection, filter: `row in [${rows}]` };
    await milvusCall("delete", () => this.#client.delete(request), signal);
  }
}

function newestOf(entries: readonly Entry[]): Entry | null {
  const checkpoints = entries.filter(({ confirmed }) => confirmed);
  return checkpoints.reduce<Entry | null>(
    (best, entry) => (best !== null && best.sequence > entry.sequence ? best : entry),
    null,
  );
}

function same(held: Entry | null, previous: Checkpoint | null): boolean {
  if (held === null || previous === null) return held === null && previous === null;
  return canonicalJson(Checkpoint.parse(JSON.parse(held.json))) === canonicalJson(previous);
}
