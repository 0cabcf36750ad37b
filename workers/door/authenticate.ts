import { LRUCache } from "lru-cache";
import type { Caller, KeyRecord, Scope } from "../../shared/contracts/caller.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import { SingleFlight } from "../cache/single-flight.ts";
import type { RegionStore } from "../ports/region-store.ts";

/** A verdict lives this long, so that a revoked key is refused within a second. */
const VERDICT_MS_MAX = 800;
/** From this age on a verdict is read anew beside the request that uses it, so that under traffic none waits. */
const VERDICT_MS_REFRESH = 400;
const VERDICTS_MAX = 2_000;
/** For the last store that is left to ask; the others may take their way and a little, as there is another. */
const READ_MS_MAX = 1_500;
/** A store that did not answer is asked last for so long. */
const DISTRUST_MS = 5_000;

interface Verdict {
  readonly record: KeyRecord | null;
  readonly readMs: number;
}

type KeyStore = Pick<RegionStore, "region" | "key">;

export interface DoorDeps {
  /** The regions' Redis, nearest first. */
  readonly stores: () => readonly KeyStore[];
  /** Longest that a look into a region's Redis may take where another can be asked, ms. */
  readonly readMsMax: (region: string) => number;
  readonly nowMs: () => number;
}

/** Finds out who calls. One body for every reason of refusal. */
export class Door {
  readonly #deps: DoorDeps;
  readonly #verdicts = new LRUCache<string, Verdict>({ max: VERDICTS_MAX });
  /** Of many who come at once with a key one reads its record. */
  readonly #flights = new SingleFlight<Verdict>();
  readonly #distrustedUntil = new Map<string, number>();

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
    const key = /^Bearer ([\x21-\x7e]{16,512})$/i.exec(authorization ?? "")?.[1];
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
    if (known === undefined || ageMs > VERDICT_MS_MAX || ageMs < 0) return this.#shared(key);
    // If it fails, the request that finds the verdict too old reads for itself and reports it.
    if (ageMs > VERDICT_MS_REFRESH && !this.#flights.has(key))
      defer(this.#shared(key).catch(() => undefined));
    return known;
  }

  async #shared(key: string): Promise<Verdict> {
    const { value } = await this.#flights.run(key, () => this.#read(key), {
      accepts: ({ readMs }) => this.#deps.nowMs() - readMs <= VERDICT_MS_MAX,
      shares: (error) => error instanceof Problem,
      waitMs: READ_MS_MAX,
    });
    return value;
  }

  /** Asks the nearest region's Redis, and the next if it does not answer. */
  async #read(key: string): Promise<Verdict> {
    const digest = sha256Hex(key);
    const stores = this.#trustedFirst();
    let cause: unknown;
    for (const [i, store] of stores.entries()) {
      const readMs = this.#deps.nowMs(); // Before the question: the verdict is at least as old as that.
      const msMax =
        i === stores.length - 1
          ? READ_MS_MAX
          : Math.min(READ_MS_MAX, this.#deps.readMsMax(store.region));
      try {
        const record = await store.key(digest, AbortSignal.timeout(msMax));
        const verdict = { record, readMs };
        this.#verdicts.set(key, verdict);
        return verdict;
      } catch (error) {
        this.#distrustedUntil.set(store.region, this.#deps.nowMs() + DISTRUST_MS);
        cause = error;
      }
    }
    throw new Problem("region-unavailable", "No region could be asked about your key; try again.", {
      cause,
    });
  }

  #trustedFirst(): KeyStore[] {
    const nowMs = this.#deps.nowMs();
    const distrusted = (store: KeyStore) =>
      Number((this.#distrustedUntil.get(store.region) ?? 0) > nowMs);
    return this.#deps.stores().toSorted((a, b) => distrusted(a) - distrusted(b));
  }
}

function refusal(): Problem {
  return new Problem("unauthenticated", "Send Authorization: Bearer <API key>.");
}
