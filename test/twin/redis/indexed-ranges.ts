import {
  RedisResult,
  type createRedisCommandExecutor,
  type RedisDatabase,
} from "js-redis-server/core";

type Policy = NonNullable<
  NonNullable<Parameters<typeof createRedisCommandExecutor>[0]>["policies"]
>[number];
type Entries = NonNullable<ReturnType<RedisDatabase["getStream"]>>["entries"];

interface Id {
  readonly ms: bigint;
  readonly seq: bigint;
}

const SEQ_MAX = 2n ** 64n - 1n;

/**
 * XRANGE and XREVRANGE by binary search: js-redis-server compares every entry and makes a reply of each match before it
 * looks at COUNT, so the newest of 5,000 entries took 3 ms and the log's every append reads it. Forms of the arguments
 * that are not plain are left to the engine, errors included.
 */
export const indexedRanges: Policy = {
  name: "indexed-ranges",
  beforeExecute(plan, context) {
    const { name } = plan.definition;
    if (name !== "xrange" && name !== "xrevrange") return undefined;
    const [key, first, second, word, countText] = plan.rawArgs;
    if (key === undefined || context.db.getType(key) !== "stream") return undefined;
    const [low, high] = name === "xrange" ? [first, second] : [second, first];
    const from = boundOf(low, true);
    const to = boundOf(high, false);
    const count =
      word === undefined
        ? Number.MAX_SAFE_INTEGER
        : /^\d{1,9}$/.test(String(countText))
          ? Number(countText)
          : -1;
    if (from === null || to === null || count < 0) return undefined;
    const entries = context.db.getStream(key)?.entries ?? [];
    const begin = countBelow(entries, from.id, from.exclusive);
    const end = countBelow(entries, to.id, !to.exclusive);
    const chosen =
      name === "xrange"
        ? entries.slice(begin, Math.min(end, begin + count))
        : entries.slice(Math.max(begin, end - count), Math.max(begin, end)).toReversed();
    return RedisResult.create({
      kind: "array",
      items: chosen.map(({ id, fields }) => ({
        kind: "array",
        items: [
          bulk(Buffer.from(`${id.ms}-${id.seq}`)),
          { kind: "array", items: fields.map(bulk) },
        ],
      })),
    });
  },
};

function bulk(value: Buffer): { kind: "bulk-string"; value: Buffer } {
  return { kind: "bulk-string", value };
}

/** `-`, `+`, `5`, `5-1`, each perhaps behind `(`; null for anything else. */
function boundOf(
  word: Buffer | undefined,
  isLow: boolean,
): { readonly id: Id; readonly exclusive: boolean } | null {
  const match = /^(\(?)(?:([-+])|(\d{1,19})(?:-(\d{1,19}))?)$/.exec(word?.toString() ?? "");
  if (match === null) return null;
  const [, paren, end, ms, seq] = match;
  const exclusive = paren === "(";
  if (end !== undefined)
    return { id: end === "-" ? { ms: 0n, seq: 0n } : { ms: SEQ_MAX, seq: SEQ_MAX }, exclusive };
  return {
    id: { ms: BigInt(ms ?? 0), seq: seq === undefined ? (isLow ? 0n : SEQ_MAX) : BigInt(seq) },
    exclusive,
  };
}

/** Number of entries before the bound; those equal to it count where `inclusive`. Entries are in the order of their ids. */
function countBelow(entries: Entries, bound: Id, inclusive: boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const id = entries[middle]?.id ?? bound;
    const isBelow =
      id.ms !== bound.ms ? id.ms < bound.ms : id.seq !== bound.seq ? id.seq < bound.seq : inclusive;
    if (isBelow) low = middle + 1;
    else high = middle;
  }
  return low;
}
