import { afterAll, beforeAll, describe, test } from "vitest";
import type { MilvusServer } from "../suites/milvus-lite.ts";
import { startTwin, until, type RunningTwin } from "./start-twin.ts";
import { describeTenQueries } from "./ten-queries.ts";

/** A twin with the demo in a Milvus: all of it in every region, and the ten queries from every location. */
export function describeMilvusJourneys(name: string, start: () => Promise<MilvusServer>): void {
  describe(name, () => {
    let milvus: MilvusServer | null = null;
    let twin: RunningTwin | null = null;
    const running = (): RunningTwin => {
      if (twin === null) throw new Error("the twin did not start");
      return twin;
    };

    beforeAll(async () => {
      milvus = await start();
      twin = await startTwin({ demo: true, args: ["--store", `milvus=${milvus.address}`] });
    }, 1_500_000);
    afterAll(async () => {
      await twin?.stop();
      await twin?.remove();
      await milvus?.stop();
    });

    test("every region of the twin keeps its collections in Milvus, apart from the others'", async () => {
      for (const [location, nearest] of [
        ["iad", "us-east-1"],
        ["fra", "eu-central-1"],
        ["sin", "ap-southeast-1"],
      ] as const) {
        const client = await running().client(location);
        const whole = async () => {
          const { count, region } = await client.countDocuments({
            collection: "demo",
            deadlineMs: 30_000,
          });
          return count === 5_342 && region === nearest;
        };
        await until(
          async () => whole().catch(() => false),
          120_000,
          () => `${nearest} does not hold the whole demo`,
        );
      }
    }, 400_000);

    describeTenQueries(running);
  });
}
