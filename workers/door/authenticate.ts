import { LRUCache } from "lru-cache";
import type { Caller, KeyRecord, Scope } from "../../shared/contracts/caller.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { RegionStore } from "../ports/region-store.ts";

/** A verdict lives this long, so that a revoked key is refused within a second. */
const VERDICT_MS_MAX = 800;
/** From this age on a verdict is read anew beside the request that uses it, so that under traffic none waits. */
const VERDICT_MS_REFRESH = 400;
const VERDICTS_MAX = 2_000;
const READ_MS_MAX = 1_500;

interface Verdict {
  readonly record: KeyRecord | null;
  readonly readMs: number;
}

export interface DoorDeps {
  /** The regions' Redis, nearest first. */
  readonly stores: () => readonly RegionStore[];
  readonly nowMs: () => number;
}

/** Finds out who calls. One body for every reason of refusal. */
export class Door {
  readonly #deps: DoorDeps;
  readonly #verdicts = new LRUCache<string, Verdict>({ max: VERDICTS_MAX });
  readonly #reading = new Set<string>();

  constructor(deps: DoorDeps) {
    this.#deps = deps;
  }

  /**
   * @param defer keeps background work alive after the reply
   * @throws Problem `unauthenticated`, `forbidden`, or `region-unavailable` if no region can be asked: then nobody is let in
   */
  async admit(
    authorization: string | null,
    scope: Scope,
    defer: (work: Promise<unknown>) => void,
  ): Promise<Caller> {
    const key = /^Bearer ([\x21-\x7e]{16,512})$/.exec(authorization ?? "")?.[1];
    if (key === undefined) throw refusal();
    const { record } = await this.#verdict(key, defer);
    if (record === null) throw refusal();
    if (record.expiresMs !== null && record.expiresMs <= this.#deps.nowMs()) throw refusal();
    const { keyId, tenant, scopes } = record;
    if (!scopes.includes(scope))
      throw new Problem(
        "forbidden",
        `This needs a key with the scope ${scope}; yours has ${scopes.join(", ")}.`,
      );
    return { keyId, tenant, scopes };
  }

  async #verdict(key: string, defer: (work: Promise<unknown>) => void): Promise<Verdict> {
    const known = this.#verdicts.get(key);
    const ageMs =
      known === undefined ? Number.POSITIVE_INFINITY : this.#deps.nowMs() - known.readMs;
    if (known === undefined || ageMs > VERDICT_MS_MAX || ageMs < 0) return this.#read(key);
    if (ageMs > VERDICT_MS_REFRESH && !this.#reading.has(key)) {
      this.#reading.add(key);
      // If it fails, the request that finds the verdict too old reads for itself and reports it.
      const refreshed = this.#read(key).then(
        () => this.#reading.delete(key),
        () => this.#reading.delete(key),
      );
      defer(refreshed);
    }
    return known;
  }

  /** Asks the nearest region's Redis, and the next if it does not answer. */
  async #read(key: string): Promise<Verdict> {
    const digest = sha256Hex(key);
    let cause: unknown;
    for (const store of this.#deps.stores()) {
      const readMs = this.#deps.nowMs(); // Before the question: the verdict is at least as old as that.
      try {
        const record = await store.key(digest, AbortSignal.timeout(READ_MS_MAX));
        const verdict = { record, readMs };
        this.#verdicts.set(key, verdict);
        return verdict;
      } catch (error) {
        cause = error;
      }
    }
    throw new Problem("region-unavailable", "No region could be asked about your key; try again.", {
      cause,
    });
  }
}

function refusal(): Problem {
  return new Problem("unauthenticated", "Send Authorization: Bearer <API key>.");
}
