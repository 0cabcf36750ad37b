import type { LegExplanation, PlanExplanation } from "../../../shared/contracts/explain.ts";
import type { RetrieveReply } from "../../../shared/contracts/retrieve.ts";
import { wholeWords } from "./numbers.ts";

const LIST = new Intl.ListFormat("en-GB", { type: "conjunction" });

/** What was done for an answer, and why, in sentences. */
export function planWords({ explain, exact, rerank, coverage }: RetrieveReply): readonly string[] {
  if (explain === undefined) return [];
  const { shards } = explain;
  return [
    `${shards.asked.length === shards.of ? `All ${shards.of}` : `${shards.asked.length} of ${shards.of}`} shards were asked: ${shards.because}.`,
    ...coverage.missing.map(({ shard, reason }) =>
      reason === "late"
        ? `Shard ${shard} did not answer in time, so the answer goes without it.`
        : `Shard ${shard} failed, so the answer goes without it.`,
    ),
    ...legWords(explain.legs, shards.asked.length),
    fusionWords(explain),
    ...(exact === undefined ? [] : [exactWords(exact)]),
    ...(rerank === undefined ? [] : [rerankedWords(rerank)]),
  ];
}

/** What an exact search found out about the index. */
export function exactWords({ recall, compared }: NonNullable<RetrieveReply["exact"]>): string {
  if (recall === null) return "Exact search; how much the index finds could not be measured.";
  const share = Math.floor(recall * 1_000) / 10; // Rounded down: 100 % is all of them.
  return `Exact search: the index alone finds ${share} % of these ${wholeWords(compared)}.`;
}

/** What became of reranking. */
export function rerankedWords({
  applied,
  skipped,
  depth,
  model,
}: NonNullable<RetrieveReply["rerank"]>): string {
  if (applied) {
    const by = model === undefined ? "" : ` by ${model}`;
    return `The best ${wholeWords(depth ?? 0)} were read again beside the words${by}.`;
  }
  return skipped === "late"
    ? "There was no time to read the best again: they stand as they were."
    : "Reading the best again failed: they stand as they were.";
}

/** One sentence for each way in which shards were searched. */
function legWords(legs: readonly LegExplanation[], asked: number): readonly string[] {
  const ways = new Map<string, LegExplanation[]>();
  for (const leg of legs) {
    const way = `${leg.branch} ${leg.kind} ${leg.because}`;
    ways.set(way, [...(ways.get(way) ?? []), leg]);
  }
  return [...ways.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const shards = [...new Set(same.map(({ shard }) => shard))];
    const found = same.reduce((sum, { candidates }) => sum + candidates, 0);
    const place = shards.length === asked ? "all shards" : shardWords(shards);
    const where = `${BRANCHES[first.branch] ?? first.branch} in ${place}`;
    return [
      `${where}: ${KINDS[first.kind]}, since ${first.because}; ${wholeWords(found)} candidates.`,
    ];
  });
}

function shardWords(shards: readonly number[]): string {
  return `${shards.length === 1 ? "shard" : "shards"} ${LIST.format(shards.map(String))}`;
}

const BRANCHES: Readonly<Record<string, string>> = {
  text: "Captions and texts",
  image: "Pictures",
  lexical: "Words",
};

const KINDS: Readonly<Record<LegExplanation["kind"], string>> = {
  scan: "every vector was compared, which is exact",
  graph: "searched through an index, which is approximate",
  words: "searched by full text",
};

function fusionWords({ fuse, depth, rounds, legs }: PlanExplanation): string {
  const best = `the best ${wholeWords(depth)} of each ranking`;
  const asked = rounds > 1 ? ` The shards were asked ${rounds} times, each time deeper.` : "";
  const rankings = legs.filter(({ shard }) => shard === legs[0]?.shard).length;
  if (rankings === 1)
    return `One ranking, of the best ${wholeWords(depth)}: its own scores are the scores.${asked}`;
  return `${FUSIONS[fuse] ?? fuse}: ${best}.${asked}`;
}

const FUSIONS: Readonly<Record<string, string>> = {
  ranks: "Rankings are combined by rank, each giving weight ÷ (60 + rank)",
  scores: "Rankings are combined by score, each measured against its best",
  vectors: "The parts were added up to one vector, and the spaces' rankings combined by rank",
};
