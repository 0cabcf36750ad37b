import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MilvusServer } from "../suites/milvus-lite.ts";
import { startTwin, until, type RunningTwin } from "./start-twin.ts";
import { describeTenQueries } from "./ten-queries.ts";

/**
 * A twin with the demo in a Milvus: all of it in every region, and the ten queries from every location.
 * @param words whether the server has full-text search
 */
export function describeMilvusJourneys(
  name: string,
  start: () => Promise<MilvusServer>,
  { words: hasWords }: { readonly words: boolean },
): void {
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
          if (count !== 5_342 || region !== nearest) return false;
          // The engine loads what it searches with the first search of it.
          const searched = await client.retrieve({
            collection: "demo",
            query: { text: "anything" },
            deadlineMs: 30_000,
          });
          return searched.region === nearest;
        };
        await until(
          async () => whole().catch(() => false),
          120_000,
          () => `${nearest} does not hold the whole demo`,
        );
      }
    }, 400_000);

    if (hasWords) describeWords(running);
    describeTenQueries(running);
  });
}

function describeWords(running: () => RunningTwin): void {
  test("words are found in Milvus, beside vectors or alone, by the next read of who wrote them", async () => {
    const client = await running().client("iad", { session: true });
    await client.createCollection({
      name: "faq",
      lexical: {},
      spaces: { text: { model: "text" } },
      shards: 2,
    });
    const documents = [
      { id: "octal", text: "A string of digits that begins with a zero is not read as octal." },
      { id: "cafe", text: "The café serves tea." },
      { id: "e4711", text: "Error E4711 means that the file was locked." },
    ];
    await client.putDocuments({ collection: "faq", documents });
    const words = async (text: string) => {
      const query = { text, space: "lexical" };
      const { hits } = await client.retrieve({ collection: "faq", query, deadlineMs: 30_000 });
      return hits.map(({ id }) => id);
    };
    expect(await words("e4711")).toEqual(["e4711"]);
    expect(await words("CAFE")).toEqual(["cafe"]);
    const { hits } = await client.retrieve({
      collection: "faq",
      queries: [{ text: "E4711" }, { text: "E4711", space: "lexical", weight: 2 }],
      fuse: "scores",
      deadlineMs: 30_000,
    });
    expect(hits[0]).toMatchObject({ id: "e4711", matchedBy: ["lexical", "text"] });
  }, 120_000);
}
