import { expect, test } from "vitest";
import type { RetrieveReply } from "../../../shared/contracts/retrieve.ts";
import { exactWords, planWords } from "./plan-words.ts";

const leg = (shard: number, branch: string, kind: "scan" | "graph", because: string) => ({
  shard,
  branch,
  kind,
  because,
  candidates: 100,
  tookMs: 3,
});
const reply: RetrieveReply = {
  hits: [],
  region: "us-east-1",
  location: "iad",
  tier: "region",
  servedPosition: 1,
  stalenessMs: 0,
  coverage: { shards: 2, answered: 2, missing: [] },
  requestId: "r",
  explain: {
    shards: { of: 2, asked: [0, 1], because: "documents are spread over the shards by their ids" },
    depth: 192,
    rounds: 1,
    fuse: "ranks",
    legs: [
      leg(0, "text", "graph", "the space has an HNSW index"),
      leg(0, "image", "scan", "the space has no index: it has few vectors"),
      leg(1, "text", "scan", "the filter leaves 12 passages"),
      leg(1, "image", "scan", "the space has no index: it has few vectors"),
    ],
    stages: { open: 1, search: 5 },
  },
};

test("the plan says which shards were asked, how each was searched and why, and how rankings were combined", () => {
  expect(planWords(reply)).toEqual([
    "All 2 shards were asked: documents are spread over the shards by their ids.",
    "Captions and texts in shard 0: searched through an index, which is approximate, since the space has an HNSW index; 100 candidates.",
    "Pictures in all shards: every vector was compared, which is exact, since the space has no index: it has few vectors; 200 candidates.",
    "Captions and texts in shard 1: every vector was compared, which is exact, since the filter leaves 12 passages; 100 candidates.",
    "Rankings are combined by rank, each giving weight ÷ (60 + rank): the best 192 of each ranking.",
  ]);
});

test("it says what is missing, how exact it is, and that reranking was skipped", () => {
  const sentences = planWords({
    ...reply,
    coverage: { shards: 2, answered: 1, missing: [{ shard: 1, reason: "late" }] },
    exact: { recall: 0.9996, compared: 48 },
    rerank: { applied: false, skipped: "late" },
  });
  expect(sentences).toContain("Shard 1 did not answer in time, so the answer goes without it.");
  expect(sentences).toContain("Exact search: the index alone finds 99.9 % of these 48.");
  expect(sentences.at(-1)).toContain("no time to read the best again");
  expect(exactWords({ recall: null, compared: 0 })).toContain("could not be measured");
});

test("an answer that was not explained has no plan", () => {
  const { explain: _, ...plain } = reply;
  expect(planWords(plain)).toEqual([]);
});
