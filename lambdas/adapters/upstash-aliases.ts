import type { Redis } from "@upstash/redis";
import type { AliasView } from "../../shared/contracts/alias.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { AliasRegister } from "../ports/aliases.ts";
import type { LogReading } from "../ports/write-log.ts";
import { CONFIRM_ALIAS, LIST_ALIASES, PUT_ALIAS } from "./alias-scripts.ts";
import { askLog, evalLog } from "./ask-log.ts";
import { ALIAS_VERSION, ALIASES, headKey, recordField, REGISTRY, streamKey } from "./log-keys.ts";
import { readReading, texts } from "./log-replies.ts";

/** Aliases beside the registry on the log's Redis. */
export class UpstashAliases implements AliasRegister {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async put(
    tenant: string,
    alias: string,
    collection: string,
    signal: AbortSignal,
  ): Promise<AliasView> {
    const args = [
      recordField(tenant, alias),
      recordField(tenant, collection),
      collection,
      LIMITS.aliasesMax,
    ];
    const keys = [REGISTRY, ALIASES, ALIAS_VERSION];
    const [outcome, version] = texts(await evalLog(this.#redis, PUT_ALIAS, keys, args, signal));
    switch (outcome) {
      case "named":
        return { alias, collection, version: Number(version) };
      case "taken":
        throw new Problem("already-exists", `There is a collection named ${alias}.`);
      case "unknown-collection":
        throw new Problem("not-found", "There is no collection of that name to give an alias.");
      case "full":
        throw new Problem("limit-exceeded", `There are ${LIMITS.aliasesMax} aliases already.`);
      default:
        throw new Problem("log-unavailable", "The log gave an answer that is not one of its own.");
    }
  }

  async remove(tenant: string, alias: string, signal: AbortSignal): Promise<boolean> {
    return (await askLog(this.#redis.hdel(ALIASES, recordField(tenant, alias)), signal)) > 0;
  }

  async list(tenant: string, signal: AbortSignal): Promise<AliasView[]> {
    const all = texts(await evalLog(this.#redis, LIST_ALIASES, [ALIASES], [], signal));
    const found: AliasView[] = [];
    for (let i = 0; i < all.length; i += 2) {
      const [owner, alias]: unknown[] = JSON.parse(all[i] ?? "[]");
      const [version, collection = ""] = (all[i + 1] ?? "").split(" ");
      if (owner === tenant)
        found.push({ alias: String(alias), collection, version: Number(version) });
    }
    return found.sort((a, b) => (a.alias < b.alias ? -1 : 1));
  }

  async target(tenant: string, alias: string, signal: AbortSignal): Promise<string | null> {
    const value = await askLog(
      this.#redis.hget<string>(ALIASES, recordField(tenant, alias)),
      signal,
    );
    return value?.split(" ")[1] ?? null;
  }

  async confirm(
    alias: string,
    { tenant, name, incarnation }: CollectionRecord,
    signal: AbortSignal,
  ): Promise<LogReading | null> {
    const keys = [headKey(incarnation), streamKey(incarnation), ALIASES];
    const args = [incarnation, recordField(tenant, alias), name];
    const reply = await evalLog(this.#redis, CONFIRM_ALIAS, keys, args, signal);
    return texts(reply)[0] === "elsewhere" ? null : readReading(reply);
  }
}
