import { expect, test } from "vitest";
import { openMemoryStore } from "../../lambdas/adapters/memory-store.ts";
import type { WriteLog } from "../../lambdas/ports/write-log.ts";
import { putDocuments, type WriteDeps } from "../../lambdas/write/write.ts";
import type { Caller } from "../../shared/contracts/caller.ts";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { LiveSpaces, PRIMARY } from "./spaces-in-process.ts";

const signal = () => AbortSignal.timeout(20_000);
const caller: Caller = { tenant: "t", keyId: "k", scopes: ["write"] };

class Killed extends Error {}

/** Where a process dies: once the log has an append, once the others are told of it, or with its answer on the way. */
const CRASH_POINTS = ["appended", "rung", "answered"] as const;

function dyingAt(point: (typeof CRASH_POINTS)[number], deps: WriteDeps): WriteDeps {
  const die = (): never => {
    throw new Killed(point);
  };
  switch (point) {
    case "appended":
      return { ...deps, log: dyingAppend(deps.log, die) };
    case "rung":
      return { ...deps, bell: { ...deps.bell, ring: die } };
    case "answered":
      return deps;
  }
}

function dyingAppend(log: WriteLog, die: () => never): WriteLog {
  const append: WriteLog["append"] = async (...asked) => {
    await log.append(...asked);
    return die();
  };
  return new Proxy(log, {
    get(target, name) {
      if (name === "append") return append;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** @param writes each is killed once on its way */
export function testPrimaryKilled(writes: number): void {
  test(`primary-killed-after-append, ${writes} times: whoever repeats the request with its key gets the same positions, and it is written once`, async () => {
    const redis = await startRedis("/usr/bin/redis-server");
    try {
      await killAndRepeat(redis, writes);
    } finally {
      await redis.stop();
    }
  }, 240_000);
}

async function killAndRepeat(redis: RunningRedis, writes: number): Promise<void> {
  const live = new LiveSpaces(new Map([[PRIMARY, { store: openMemoryStore(), redis }]]));
  await live.create();
  const put = (deps: WriteDeps, key: string, documents: DocumentInput[]) =>
    putDocuments(
      deps,
      caller,
      {
        op: "put",
        requestId: "r",
        traceparent: "00-0",
        context: { caller, issuedMs: 0, signature: "" },
        deadlineMs: 20_000,
        collection: live.record.name,
        idempotencyKey: key,
        documents,
        waitFor: "primary",
      },
      signal(),
    );
  for (let n = 0; n < writes; n++) {
    const point = CRASH_POINTS[n % CRASH_POINTS.length] ?? "appended";
    // Every tenth is more than one append takes.
    const count = n % 10 === 0 ? 150 : 1;
    const documents = Array.from({ length: count }, (_, i) => ({
      id: `d${n}-${i}`,
      vectors: { own: [1, n] },
    }));
    const dying = dyingAt(point, live.start(PRIMARY).write);
    const first = await put(dying, `key ${n}`, documents).catch((error: unknown) => {
      if (error instanceof Error && (error instanceof Killed || error.cause instanceof Killed))
        return null;
      throw error;
    });
    expect(first === null).toBe(point !== "answered");
    await live.endLeases();
    const again = await put(live.start(PRIMARY).write, `key ${n}`, documents);
    const twice = await put(live.start(PRIMARY).write, `key ${n}`, documents);
    if (first !== null) expect(again).toMatchObject({ point: first.point, repeated: true });
    expect(twice).toMatchObject({ point: again.point, repeated: true, applied: true });
  }
  const { documents } = await live.shown(PRIMARY);
  const written = writes + (writes / 10) * 149;
  expect(documents.size).toBe(written);
  const positions = [...documents.values()].map(({ position }) => position);
  expect(Math.max(...positions)).toBe(written);
  expect(new Set(positions).size).toBe(written);
}
