import { JsRedis } from "../twin/redis/js-redis.ts";
import { REGIONS } from "../twin/topology.ts";

/** An engine for the log and one a region. Worlds use them one after the other, each from its beginning. */
export function openEngines(): Promise<readonly JsRedis[]> {
  return Promise.all(["log", ...REGIONS].map(() => JsRedis.create()));
}
