import { describe, expect, test } from "vitest";
import type { RunningTwin } from "./start-twin.ts";

/** Ten questions to the demo, and what has to be among the first three hits. */
const TEN_QUERIES: readonly { readonly ask: string; readonly expect: RegExp }[] = [
  { ask: "a big cat", expect: /cat|tiger|lion/i },
  { ask: "sailing boat", expect: /boat|sail|ship/i },
  {
    ask: "a musical instrument",
    expect: /cello|violin|guitar|harp|drum|instrument|trumpet|piano/i,
  },
  { ask: "mountains with snow", expect: /mountain|snow|peak|alp/i },
  { ask: "a red apple", expect: /apple/i },
  { ask: "an umbrella", expect: /umbrella/i },
  { ask: "a bicycle", expect: /bicycle|bike|cycl/i },
  { ask: "a cup of coffee", expect: /coffee|cup|mug|caffe/i },
  { ask: "the climate of Iceland", expect: /iceland/i },
  { ask: "the capital of Japan", expect: /japan/i },
];

/** The ten queries at every location: from its nearest region, and the second time from the location itself. */
export function describeTenQueries(twin: () => RunningTwin): void {
  describe.each(["iad", "fra", "sin", "gru"])("at %s", (location) => {
    test.each(TEN_QUERIES)(
      "$ask: the right thing in the top 3, from the nearest region, then from the edge",
      async (query) => {
        const client = await twin().client(location);
        const { locations } = await twin().report();
        const request = { collection: "demo", query: { text: query.ask }, k: 3 };
        const first = await client.retrieve(request);
        expect(first.hits.map(({ title }) => title).join(" | ")).toMatch(query.expect);
        expect(first.hits).toHaveLength(3);
        expect(first.coverage).toEqual({ shards: 4, answered: 4, missing: [] });
        expect(first.region).toBe(locations.find(({ name }) => name === location)?.nearest);
        expect(first.location).toBe(location);
        const second = await client.retrieve(request);
        expect(["isolate", "edge"]).toContain(second.tier);
        expect(second.hits).toEqual(first.hits);
        expect(second.servedPosition).toBe(first.servedPosition);
      },
    );
  });

  test("a big cat: a picture of a cat or tiger is in the top 3", async () => {
    const { hits } = await (
      await twin().client("gru")
    ).retrieve({ collection: "demo", query: { text: "a big cat" }, k: 3 });
    expect(
      hits.some(({ title, media }) => media !== undefined && /cat|tiger/i.test(title ?? "")),
    ).toBe(true);
  });
}
