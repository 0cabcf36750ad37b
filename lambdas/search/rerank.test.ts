import { expect, test } from "vitest";
import type { Reranker } from "../ports/reranker.ts";
import { currentReranker, rerankHits, rerankedScore, type Rerankable } from "./rerank.ts";

const hits: Rerankable[] = [
  { id: "a", score: 0.9, text: "first" },
  { id: "picture", score: 0.8, text: null },
  { id: "b", score: 0.7, text: "second" },
  { id: "c", score: 0.5, text: "third" },
];
const asked = { depth: 20, budgetMs: 50, weight: 0.75 };
const identify = async (model: string | null) => (model === "gone" ? null : `${model ?? "own"}@1`);
const scoring = (scores: number[]): Reranker => ({
  rerank: async () => ({ model: "told", scores }),
  identify,
});
const live = new AbortController().signal;
const ids = ({ hits: of }: { hits: readonly Rerankable[] }) => of.map(({ id }) => id);

test("hits are reordered by the weighted sum of both scores; one without a text keeps its own", async () => {
  const outcome = await rerankHits(scoring([1, 5, 4]), "q", hits, asked, 1_000, live);
  expect(outcome.report).toEqual({ applied: true, model: "told", depth: 3 });
  // b: 0.75 * 1 + 0.25 * 0.5; picture: 0.75; c: 0.75 * 0.75 + 0; a: 0 + 0.25 * 1
  expect(ids(outcome)).toEqual(["b", "picture", "c", "a"]);
  expect(outcome.hits[0]?.rerank).toMatchObject({ rankBefore: 3, score: 5, normalised: 1 });
  for (const { score, rerank } of outcome.hits)
    expect(rerank === undefined ? null : rerankedScore(rerank)).toBe(score);
});

test("a reranker that is not done within its budget changes nothing, and the report says so", async () => {
  const never: Reranker = {
    identify,
    rerank: (_, __, ___, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason)),
      ),
  };
  const outcome = await rerankHits(never, "q", hits, asked, 1_000, live);
  expect(outcome).toEqual({ hits, report: { applied: false, skipped: "late" } });
});

test("no time left: it is not even begun", async () => {
  const outcome = await rerankHits(scoring([1, 2, 3]), "q", hits, asked, 0, live);
  expect(outcome.report).toEqual({ applied: false, skipped: "late" });
});

test("a reranker that fails changes nothing", async () => {
  const broken: Reranker = { rerank: () => Promise.reject(new Error("gone")), identify };
  const outcome = await rerankHits(broken, "q", hits, asked, 1_000, live);
  expect(outcome).toEqual({ hits, report: { applied: false, skipped: "failed" } });
});

test("a model is asked by its name", async () => {
  const asking: (string | null)[] = [];
  const reranker: Reranker = {
    ...scoring([1, 2, 3]),
    rerank: async (model) => {
      asking.push(model);
      return { model: "told", scores: [1, 2, 3] };
    },
  };
  await rerankHits(reranker, "q", hits, { ...asked, model: "cross" }, 1_000, live);
  await rerankHits(reranker, "q", hits, asked, 1_000, live);
  expect(asking).toEqual(["cross", null]);
});

test("an unknown model is told before anything is searched; an embedder that is away is not", async () => {
  expect(await currentReranker(scoring([]), undefined, live)).toBeNull();
  expect(await currentReranker(scoring([]), asked, live)).toBe("own@1");
  expect(await currentReranker(scoring([]), { ...asked, model: "cross" }, live)).toBe("cross@1");
  await expect(
    currentReranker(scoring([]), { ...asked, model: "gone" }, live),
  ).rejects.toMatchObject({ code: "invalid-request", errors: [{ pointer: "/rerank/model" }] });
  const away: Reranker = { ...scoring([]), identify: () => Promise.reject(new Error("away")) };
  expect(await currentReranker(away, asked, live)).toBeNull();
});
