import type { JsRedis } from "../twin/redis/js-redis.ts";
import { BUGS } from "./bugs.ts";
import { runSeed } from "./run-seed.ts";

export interface Caught {
  readonly bug: string;
  /** First seed in which a check found something; null where none did. */
  readonly seed: number | null;
  /** The checks that did; of what is promised while all goes wrong, not of what is when all is well again. */
  readonly checks: readonly string[];
}

/**
 * Plants a bug in one world after another until a check finds something.
 * @param by the check that is to find it; null: any
 */
export async function hunt(
  bug: string,
  engines: readonly JsRedis[],
  worlds: { readonly first: number; readonly seeds: number; readonly ops: number },
  by: string | null,
): Promise<Caught> {
  const planted = BUGS[bug];
  if (planted === undefined) throw new Error(`there is no bug ${bug}`);
  const { first, seeds, ops } = worlds;
  for (let seed = first; seed < first + seeds; seed++) {
    const common = { seed, ops, engines, wanted: [], onEvent: null };
    const { checks } = await runSeed({ ...common, bug: planted });
    const found = Object.keys(checks).filter(
      (name) => name !== "healed" && (checks[name] ?? 0) > 0,
    );
    if (by === null ? found.length > 0 : found.includes(by)) return { bug, seed, checks: found };
  }
  return { bug, seed: null, checks: [] };
}
