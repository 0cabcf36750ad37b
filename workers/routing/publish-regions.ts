import type { RegionsRecord } from "../../shared/contracts/regions-record.ts";
import type { RegionStore } from "../ports/region-store.ts";
import { readRecord, sameRecord } from "./judge-regions.ts";

type RecordStore = Pick<RegionStore, "region" | "regions" | "publishRegions">;

export interface PublishedTo {
  readonly region: string;
  readonly outcome: "taken" | "unreachable";
}

export type Publishing =
  | { readonly kind: "published"; readonly stores: readonly PublishedTo[] }
  /** A region's Redis has one that is not older. Those before it in the order have taken this one all the same. */
  | {
      readonly kind: "outdated";
      readonly region: string;
      readonly version: number;
      readonly taken: readonly string[];
    };

const REDIS_MS_MAX = 2_000;
/** Others publish at the same time: that many can't. */
const TRIES_MAX = 5;

/**
 * Publishes a record to one region's Redis after the other, nowhere over one that is not older. Everybody goes in the same order,
 * so that of two at once the second one is refused at the first Redis that both reach, before it has changed any.
 *
 * @param stores in the order of the deployment
 */
export async function publishRegions(
  stores: readonly RecordStore[],
  record: RegionsRecord,
): Promise<Publishing> {
  const done: PublishedTo[] = [];
  for (const store of stores) {
    const { region } = store;
    const outcome = await publishTo(store, record).catch(() => "unreachable" as const); // The reply names it.
    if (typeof outcome === "number") {
      const taken = done.filter((one) => one.outcome === "taken").map((one) => one.region);
      return { kind: "outdated", region, version: outcome, taken };
    }
    done.push({ region, outcome });
  }
  return { kind: "published", stores: done };
}

/** @returns the version in the way, where there is one */
async function publishTo(store: RecordStore, record: RegionsRecord): Promise<"taken" | number> {
  const text = JSON.stringify(record);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const { published, kept } = await store.regions(AbortSignal.timeout(REDIS_MS_MAX));
    // What no location can take is in nobody's way. Which regions it names is not asked: another release may know them.
    const read = published === null ? null : readRecord(published);
    const held = read?.kind === "record" ? read.record : null;
    if (held !== null && sameRecord(held, record)) return "taken";
    // A location may have brought it here to be kept, from where it was published first.
    const keptVersion = kept === null || kept.text === text ? 0 : kept.version;
    const version = Math.max(held?.version ?? 0, keptVersion);
    if (version >= record.version) return version;
    const signal = AbortSignal.timeout(REDIS_MS_MAX);
    const outcome = await store.publishRegions(published, record.version, text, signal);
    if (outcome === "taken") return outcome;
  }
  throw new Error(`${store.region} has another record each time`);
}
