import { badRecords, pushRegions, regionsRecord } from "../push-regions.ts";
import type { Sample } from "./load.ts";
import { LOCATION, REGION, type FaultWorld } from "./world.ts";

/** A row of the table of faults, named as there. */
export interface FaultRow {
  readonly how: string;
  /** @returns heals it */
  begin(world: FaultWorld): Promise<() => Promise<void>>;
  /** Share of all requests that are one query. */
  readonly hotShare?: number;
  /** Whether writes may be refused, with a code, while it lasts. */
  readonly writesMayFail?: boolean;
  /** What must never be seen in the window of the fault. @returns what was */
  forbidden?(samples: readonly Sample[]): string[];
  /** What must hold once it is healed, but does not. */
  healed?(world: FaultWorld): Promise<string[]>;
}

const EVICTION_MS = 5_000;
/** An isolate looks for a regions record every ten seconds: it meets some of those that lie there for three each. */
const PUSH_MS = 3_000;
const GOOD_VERSION = 5;

/** Of the location and the region that are faulted: requests that the region still answered after the first two seconds. */
function leavesWithin2s(share: number) {
  return (samples: readonly Sample[]): string[] => {
    const startMs = Math.min(...samples.map(({ dueMs }) => dueMs));
    const later = samples.filter(
      ({ kind, tier, dueMs, location }) =>
        kind === "retrieve" &&
        tier === "region" &&
        location === LOCATION &&
        dueMs > startMs + 2_000,
    );
    const there = later.filter(({ region }) => region === REGION).length;
    return there > Math.max(1, share * later.length)
      ? [`${there} of ${later.length} searches still went to ${REGION}`]
      : [];
  };
}

function link(links: string, fault: object, more: Omit<FaultRow, "how" | "begin"> = {}): FaultRow {
  return {
    how: `${links}: ${JSON.stringify(fault)}`,
    begin: async (world) => {
      await world.break(links, fault);
      return () => world.heal(links);
    },
    ...more,
  };
}

function stopped(
  how: string,
  pidOf: (world: FaultWorld) => Promise<number>,
  more: Omit<FaultRow, "how" | "begin"> = {},
): FaultRow {
  return {
    how,
    begin: async (world) => {
      const pid = await pidOf(world);
      process.kill(pid, "SIGSTOP");
      return async () => {
        process.kill(pid, "SIGCONT");
      };
    },
    ...more,
  };
}

export const ROWS: Readonly<Record<string, FaultRow>> = {
  "region-dead": {
    how: `SIGKILL of ${REGION}, kept down`,
    begin: async (world) => {
      await world.process(`region-${REGION}`, "hold");
      return () => world.process(`region-${REGION}`, "release");
    },
    forbidden: (samples) =>
      samples.some(
        ({ tier, region, dueMs }) =>
          tier === "region" &&
          region === REGION &&
          dueMs > Math.min(...samples.map((one) => one.dueMs)) + 1_000,
      )
        ? ["an answer names the dead region"]
        : [],
  },
  "region-slow-20x": link(
    `*->${REGION}`,
    { extraDelayMs: 400 },
    { forbidden: leavesWithin2s(0.05) },
  ),
  "region-fast-503": link(`*->${REGION}`, { mode: "fail503" }, { forbidden: leavesWithin2s(0.05) }),
  "region-hangs-after-headers": link(`*->${REGION}`, { mode: "half" }),
  "partition-edge-region": link(`${LOCATION}->${REGION}`, { mode: "hang" }),
  "partition-region-log": link(`${REGION}->log`, { mode: "cut" }),
  "lag-unknown": link(`${REGION}->log`, { mode: "fail503" }),
  "duplicate-delivery": link("*->*", { duplicate: true }),
  "out-of-order-delivery": link("us-east-1->*", { reorderWindow: 32 }),
  "cache-redis-dead": stopped(`SIGSTOP of ${REGION}'s Redis`, (world) =>
    world.pidOfRedis("region", REGION),
  ),
  "hot-key": {
    how: "half of all requests are one query",
    begin: async () => async () => undefined,
    hotShare: 0.5,
  },
  "redis-restart": {
    how: "SIGTERM of the log's Redis, which is started again",
    begin: async (world) => {
      process.kill(await world.pidOfRedis("log"), "SIGTERM");
      return async () => undefined;
    },
    writesMayFail: true,
  },
  "bad-config-push": {
    how: `regions records that are empty, 10 x too large, strange or older, one after the other in every region's Redis`,
    begin: async ({ twin }) => {
      const iad = await twin.client("iad");
      await iad.publishRegions(regionsRecord(GOOD_VERSION));
      const bad = badRecords(GOOD_VERSION);
      let n = 0;
      const push = () => pushRegions(twin, bad[n++ % bad.length]?.text ?? "");
      const timer = setInterval(() => void push(), PUSH_MS);
      return async () => clearInterval(timer);
    },
    forbidden: (samples) => {
      const failed = samples.filter(({ kind, ok }) => kind !== "write" && !ok);
      return failed.length > 0 ? [`${failed.length} reads failed`] : [];
    },
    healed: (world) => world.servesDespite(GOOD_VERSION),
  },
  "worker-isolate-evicted": {
    how: `SIGKILL of ${LOCATION}'s workerd every ${EVICTION_MS / 1_000} s`,
    begin: async (world) => {
      const kill = async () => {
        const pid = await world.pidOfLocation(LOCATION);
        if (pid !== undefined) process.kill(pid, "SIGKILL");
      };
      await kill();
      const timer = setInterval(() => void kill().catch(() => undefined), EVICTION_MS);
      return async () => clearInterval(timer);
    },
  },
};

/** Rows of the table that have tests of their own, which pass or fail: what they run. */
export const TESTED: Readonly<Record<string, readonly string[]>> = {
  "shard-dead": ["test/faults/shard-dead.full.test.ts"],
  "shard-slow": ["test/faults/shard-slow.full.test.ts"],
  "cache-stampede": ["test/flows/cache.full.test.ts"],
};
