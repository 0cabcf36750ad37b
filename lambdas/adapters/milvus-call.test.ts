import { ErrorCode } from "@zilliz/milvus2-sdk-node";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { milvusCall, MilvusFailure } from "./milvus-call.ts";

const SOON = () => AbortSignal.timeout(5_000);

/** What the SDK gives or throws, by shape, as it was seen on milvus-lite 3.2.2 and Milvus 2.3.5. */
const FAILURES: readonly (readonly [string, () => Promise<object>, Partial<MilvusFailure>])[] = [
  [
    "a status that is not a success",
    async () => ({ results: [], status: { error_code: 6, code: 6, reason: "bad filter" } }),
    { kind: "refused", code: "6", message: "Milvus search: bad filter" },
  ],
  [
    "a bare status that is not a success",
    async () => ({ error_code: "IndexNotExist", code: 700, reason: "index not found" }),
    { kind: "refused", code: "700", message: "Milvus search: index not found" },
  ],
  [
    "a plain object thrown",
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- It is what createCollection does.
    () => Promise.reject({ error_code: "UnexpectedError", code: 65_535, reason: "one vector" }),
    { kind: "refused", code: "65535", message: "Milvus search: one vector" },
  ],
  [
    "an error of gRPC",
    () => Promise.reject(grpcError(14, "no connection established")),
    { kind: "transport", code: "14", message: "Milvus search: no connection established" },
  ],
  [
    "a TypeError from inside the client",
    () => Promise.reject(new TypeError("Cannot read properties of undefined (reading 'a')")),
    { kind: "client", message: "Milvus search: Cannot read properties of undefined (reading 'a')" },
  ],
  [
    "a TypeError thrown before there is a promise",
    () => {
      throw new TypeError("not iterable");
    },
    { kind: "client", message: "Milvus search: not iterable" },
  ],
  [
    "nothing at all, for a method that the server lacks",
    async () => ({}),
    { kind: "unknown_call", message: "Milvus search: the server does not know the call" },
  ],
  [
    "an empty status",
    async () => ({ status: {} }),
    { kind: "unknown_call", message: "Milvus search: the server does not know the call" },
  ],
];

test.each(FAILURES)("%s is one kind of failure", async (_name, call, expected) => {
  const failure = await failureOf(milvusCall("search", call, SOON()));
  expect(failure).toMatchObject(expected);
});

test.each(["Success", 0, ErrorCode.SUCCESS])("a status of %s is a success", async (code) => {
  const result = { status: { error_code: code, code: 0, reason: "" }, data: [1] };
  expect(await milvusCall("query", async () => result, SOON())).toBe(result);
});

test("a call that is never answered fails after its own limit, whatever its caller would wait", async () => {
  const never = () => new Promise<object>(() => undefined);
  const failure = await failureOf(milvusCall("load", never, SOON(), 30));
  expect(failure).toMatchObject({
    kind: "transport",
    message: "Milvus load: no answer within 30 ms",
  });
});

test("a caller who has gone gets the own reason, and a failure after that is nobody's", async () => {
  const gone = new AbortController();
  const reason = new Error("the caller has gone");
  const late = async () => {
    await delay(20);
    throw new TypeError("too late");
  };
  const call = milvusCall("search", late, gone.signal);
  gone.abort(reason);
  await expect(call).rejects.toBe(reason);
  await expect(milvusCall("search", late, gone.signal)).rejects.toBe(reason);
  await delay(40); // An unhandled rejection would fail the run.
});

async function failureOf(call: Promise<object>): Promise<MilvusFailure> {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (error instanceof MilvusFailure) return error;
  throw new Error(`not a MilvusFailure: ${String(error)}`);
}

function grpcError(code: number, details: string): Error {
  return Object.assign(new Error(`${code} UNAVAILABLE: ${details}`), { code, details });
}
