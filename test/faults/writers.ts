import { setTimeout as delay } from "node:timers/promises";
import { NearfieldError } from "../../shared/client/nearfield-error.ts";
import type { RunningTwin } from "../flows/start-twin.ts";
import { vectorOf } from "../flows/vectors.ts";

export interface Acknowledged {
  readonly id: string;
  readonly position: number;
  /** Of the location that it was sent to. */
  readonly from: string;
  readonly region: string;
}

export interface Failed {
  readonly id: string;
  readonly from: string;
  readonly code: string;
  /** Null where no reply came. */
  readonly status: number | null;
}

const PAUSE_MS = 30;

/** Writes documents to a collection `v`, from each of some locations one after the other, until it is stopped. */
export class Writers {
  readonly acknowledged: Acknowledged[] = [];
  readonly failed: Failed[] = [];
  #stopped = false;
  readonly #running: Promise<void>[];

  /** @param prefix of the documents' ids */
  constructor(twin: RunningTwin, prefix: string, from: readonly string[], deadlineMs: number) {
    this.#running = from.map((location) => this.#write(twin, prefix, location, deadlineMs));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #write(twin: RunningTwin, prefix: string, from: string, deadlineMs: number): Promise<void> {
    const client = await twin.client(from);
    for (let n = 0; !this.#stopped; n++) {
      const id = `${prefix}-${from}-${n}`;
      const documents = [{ id, vectors: { v: vectorOf(n) } }];
      try {
        const { position, region } = await client.putDocuments({
          collection: "v",
          documents,
          deadlineMs,
        });
        this.acknowledged.push({ id, position, from, region });
      } catch (error) {
        if (!(error instanceof NearfieldError)) throw error;
        this.failed.push({ id, from, code: error.code, status: error.status });
        await delay(PAUSE_MS);
      }
    }
  }
}

/** Every document of the collection `v`, as a strong read at a location lists them. */
export async function listAll(twin: RunningTwin, location: string): Promise<string[]> {
  const client = await twin.client(location);
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await client.listDocuments({
      collection: "v",
      limit: 1_000,
      consistency: "strong",
      deadlineMs: 20_000,
      ...(cursor === null ? {} : { cursor }),
    });
    ids.push(...page.documents.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== null);
  return ids;
}
