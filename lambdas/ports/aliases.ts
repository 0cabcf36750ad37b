import type { AliasView } from "../../shared/contracts/alias.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { LogReading } from "./write-log.ts";

/**
 * Other names of collections, beside the registry. A name is a collection's or an alias, never both. Every method throws Problem
 * `log-unavailable` if the log can't be reached in time.
 */
export interface AliasRegister {
  /**
   * From then on the alias names that collection; where it does already, nothing changes.
   * @throws Problem `already-exists` where a collection has the name, `not-found` where there is no such collection, `limit-exceeded`
   */
  put(tenant: string, alias: string, collection: string, signal: AbortSignal): Promise<AliasView>;
  /** @returns false where there was none */
  remove(tenant: string, alias: string, signal: AbortSignal): Promise<boolean>;
  list(tenant: string, signal: AbortSignal): Promise<readonly AliasView[]>;
  /** The name of the collection that an alias names; null where there is no such alias. */
  target(tenant: string, alias: string, signal: AbortSignal): Promise<string | null>;
  /**
   * A reading of the log of the collection that an alias is thought to name, made in the same step in which it was seen to name it.
   * @returns null where it does not, or not any more
   * @throws as `WriteLog.confirm`
   */
  confirm(alias: string, record: CollectionRecord, signal: AbortSignal): Promise<LogReading | null>;
}
