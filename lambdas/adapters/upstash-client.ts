import { Redis } from "@upstash/redis";
import { upstashOptions } from "../../shared/contracts/upstash-options.ts";

const CALL_MS_MAX = 10_000;

/** A client for scripts and bytes. */
export function createUpstashClient(url: string, token: string): Redis {
  return new Redis({ url, token, ...upstashOptions(CALL_MS_MAX) });
}
