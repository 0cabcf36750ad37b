import type { BadInput } from "./bad-input-case.ts";
import { LIMIT_TABLE } from "./limit-table.ts";
import { vectorOf } from "./vectors.ts";

const query = { vector: vectorOf(1), space: "v" };

const refused = (
  what: string,
  more: object,
  code = "limit-exceeded",
  pointer?: string,
): BadInput => ({
  what: `limits-exceeded: ${what}`,
  json: { collection: "v", query, ...more },
  status: 400,
  code,
  ...(pointer === undefined ? {} : { pointer }),
});

export const LIMIT_CASES: readonly BadInput[] = [
  ...LIMIT_TABLE.map(({ what, over, pointer, says, code, status }): BadInput => ({
    what: `limits-exceeded: ${what}, one over`,
    ...over,
    status: status ?? 400,
    code: code ?? "limit-exceeded",
    ...(pointer === undefined ? {} : { pointer }),
    ...(says === undefined ? {} : { says }),
  })),
  refused("k 0", { k: 0 }, "limit-exceeded", "/k"),
  refused("k -1", { k: -1 }, "limit-exceeded", "/k"),
  refused("k 1.5", { k: 1.5 }, "invalid-request", "/k"),
  refused("k 2^31", { k: 2 ** 31 }, "invalid-request", "/k"),
  refused("k 2^53 + 2", { k: 2 ** 53 + 2 }, "invalid-request", "/k"),
  refused("deadlineMs 0", { deadlineMs: 0 }, "limit-exceeded", "/deadlineMs"),
  refused("deadlineMs 49", { deadlineMs: 49 }, "limit-exceeded", "/deadlineMs"),
  refused(
    "reranking 101",
    { query: { text: "x" }, rerank: { depth: 101 } },
    "limit-exceeded",
    "/rerank/depth",
  ),
  refused(
    "grouping by a field of a million values",
    { groupBy: "n" },
    "invalid-request",
    "/groupBy",
  ),
  refused(
    "a pattern that never ends, as an operator",
    { filter: { n: { $regex: "(a+)+$" } } },
    "invalid-filter",
  ),
];
