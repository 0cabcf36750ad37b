import { expect, test } from "vitest";
import type { KeyRecord } from "../../shared/contracts/caller.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { RegionStore } from "../ports/region-store.ts";
import { Door } from "./authenticate.ts";

const KEY = "nf_read_0123456789abcdef";
const record: KeyRecord = { keyId: "k", tenant: "t", scopes: ["read"], expiresMs: null };

function setUp() {
  let nowMs = 10_000;
  const keys = new Map<string, KeyRecord>([[sha256Hex(KEY), record]]);
  const state = { down: false, reads: 0, secondReads: 0 };
  const store = (
    region: string,
    count: () => void,
    down: () => boolean,
  ): Pick<RegionStore, "region" | "key"> => ({
    region,
    key: async (digest) => {
      count();
      if (down()) throw new Error("no connection");
      return keys.get(digest) ?? null;
    },
  });
  const near = store(
    "near",
    () => state.reads++,
    () => state.down,
  );
  const far = store(
    "far",
    () => state.secondReads++,
    () => false,
  );
  const deferred: Promise<unknown>[] = [];
  const stores = [near, far];
  const door = new Door({ stores: () => stores, readMsMax: () => 300, nowMs: () => nowMs });
  const admit = (key = KEY, scope: "read" | "write" = "read") =>
    door.admit(`Bearer ${key}`, scope, (work) => deferred.push(work));
  return { admit, door, keys, state, stores, deferred, pass: (ms: number) => (nowMs += ms) };
}

test("a key gives its tenant and scopes, and is read once for many requests", async () => {
  const { admit, state } = setUp();
  expect(await admit()).toEqual({ keyId: "k", tenant: "t", scopes: ["read"] });
  await admit();
  expect(state.reads).toBe(1);
});

test("of two hundred who come at once with a key one reads its record", async () => {
  const { admit, state } = setUp();
  const callers = await Promise.all(Array.from({ length: 200 }, () => admit()));
  expect(callers.every(({ tenant }) => tenant === "t")).toBe(true);
  expect(state.reads).toBe(1);
});

test.each([null, "", "Bearer", "Bearer short", `Basic ${KEY}`, `Bearer ${KEY} x`])(
  "%j is refused",
  async (authorization) => {
    const { door } = setUp();
    await expect(door.admit(authorization, "read", () => undefined)).rejects.toMatchObject({
      code: "unauthenticated",
    });
  },
);

test("an unknown key and an expired one are refused alike", async () => {
  const { admit, keys } = setUp();
  await expect(admit("nf_read_fedcba9876543210")).rejects.toMatchObject({
    code: "unauthenticated",
  });
  keys.set(sha256Hex(KEY), { ...record, expiresMs: 10_000 });
  await expect(admit()).rejects.toMatchObject({ code: "unauthenticated" });
});

test("a scope that the key lacks is forbidden", async () => {
  await expect(setUp().admit(KEY, "write")).rejects.toMatchObject({ code: "forbidden" });
});

test("a revoked key is refused once its verdict is 800 ms old, also in steady traffic", async () => {
  const { admit, keys, deferred, pass } = setUp();
  await admit();
  keys.clear();
  for (let ageMs = 0; ageMs < 800; ageMs += 100) {
    pass(100);
    await admit().catch(() => undefined);
    await Promise.all(deferred);
  }
  pass(1);
  await expect(admit()).rejects.toMatchObject({ code: "unauthenticated" });
});

test("a verdict is renewed beside the request, so that under traffic none waits", async () => {
  const { admit, state, deferred, pass } = setUp();
  await admit();
  pass(500);
  await admit();
  await Promise.all(deferred);
  expect(state.reads).toBe(2);
  pass(500);
  await admit();
  expect(deferred.length).toBeGreaterThan(0);
});

test("the nearest Redis down: the next one is asked; none left: nobody is let in", async () => {
  const { admit, state, stores, pass } = setUp();
  state.down = true;
  expect(await admit()).toMatchObject({ tenant: "t" });
  expect(state.secondReads).toBe(1);
  stores.pop();
  pass(1_000);
  await expect(admit()).rejects.toMatchObject({ code: "region-unavailable" });
});
