import type { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import type { TermRegister } from "../../lambdas/ports/term-register.ts";
import { assert } from "../../shared/std/assert.ts";

type Client = ReturnType<typeof createUpstashClient>;

/** What a planted bug makes of the parts. */
export interface LineBug {
  /** Of each of the log's scripts. */
  readonly script?: (script: string) => string;
  readonly terms?: (terms: TermRegister) => TermRegister;
  /** Of a process's clock, as its freshness reads it. */
  readonly monotonicMs?: (nowMs: () => number) => () => number;
}

const UNLESS_IT_STANDS =
  "if not stands(KEYS[1], KEYS[2], head) then return {'log-restarted'} end\n";
const isAppend = (script: string) => script.includes("XADD");

/** Bugs of the log's line, by the names that they have in the design. */
export const LINE_BUGS: Readonly<Record<string, LineBug>> = {
  "term-from-head-only": {
    terms: () => ({ take: async (_, above) => above + 1 }),
  },
  "old-term-accepted": {
    script: (script) =>
      script.replace("if head.term ~= ARGV[2] then return {'stale-term'} end\n", ""),
  },
  "position-reused-after-tail-loss": {
    script: (script) => (isAppend(script) ? script.replace(UNLESS_IT_STANDS, "") : script),
  },
  "restart-noticed-by-append-only": {
    script: (script) => (isAppend(script) ? script : script.replace(UNLESS_IT_STANDS, "")),
  },
  "clock-frozen": {
    monotonicMs: (nowMs) => {
      const atFirst = nowMs();
      return () => atFirst;
    },
  },
};

/** A client whose scripts a bug has changed. */
export function withScripts(client: Client, change: (script: string) => string): Client {
  const eval_ = (script: string, keys: string[], args: string[]) =>
    client.eval(change(script), keys, args);
  return new Proxy(client, {
    get(target, name) {
      if (name === "eval") return eval_;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A bug that changes no script would be caught by nothing. */
export function assertPlanted({ script }: LineBug, scripts: readonly string[]): void {
  if (script === undefined) return;
  assert(
    scripts.some((text) => script(text) !== text),
    "the bug changes a script",
  );
}
