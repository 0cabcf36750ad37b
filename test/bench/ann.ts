import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openLanceDbStore } from "../../lambdas/adapters/lancedb-store.ts";
import { required } from "../../shared/std/assert.ts";
import { percentile } from "../../shared/std/percentile.ts";
import {
  annData,
  EVERYTHING,
  exactNearest,
  SELECTIONS,
  type AnnData,
  type Selection,
} from "./ann-data.ts";
import { openPeers, PEERS_NOTE, type Peer } from "./ann-peers.ts";
import {
  buildBesideReads,
  folderBytes,
  loadOurs,
  loadRaw,
  openOurs,
  openRaw,
  type Ask,
} from "./ann-sides.ts";
import { sizeOf, type Benchmark, type BenchOptions, type Figure } from "./benchmark.ts";
import { figureOf } from "./figures.ts";
import { measureInTurn, ratio, spread, values, type Round, type Rounds } from "./paired.ts";

const SEED = 29;
const K = 10;
/** Queries under a filter, of a side and round; and without any index, which take long. */
const FILTERED = 25;
const EXACT = 10;
const MIB = 2 ** 20;

type Side =
  | "nearfield"
  | "raw"
  | "exact"
  | "nearfieldFiltered"
  | "rawFiltered"
  | "nearfieldFour"
  | "rawFour";
type Truths = ReturnType<typeof exactNearest>["truths"];

export const ann: Benchmark = {
  name: "ann",
  measures:
    "one shard through the store's port: load, index built beside reads, rate, recall, memory, filters",
  reference:
    "the raw LanceDB call on the same table, index, breadth and columns; an exact scan; with --peers other engines on the same vectors",
  sizes: { documents: 100_000, dimension: 384, queries: 200, readsPerSecondBesideBuild: 1 },

  async run(options) {
    const root = await mkdtemp(path.join(tmpdir(), "nearfield-bench-"));
    try {
      return await measure(root, options);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  },
};

async function measure(root: string, options: BenchOptions) {
  const { rounds, say } = options;
  const [documents, dimension, queries] = ["documents", "dimension", "queries"].map((name) =>
    sizeOf(options, name),
  ) as [number, number, number];
  const readsPerS = sizeOf(options, "readsPerSecondBesideBuild");
  say(`making ${documents} vectors of ${dimension} dimensions, and the right answers`);
  const data = annData(documents, dimension, queries, SEED);
  const { truths, scanMs } = exactNearest(data, K, [EVERYTHING, ...SELECTIONS]);
  const truth = required(truths.get(EVERYTHING.name), "it was asked for");
  const rssBefore = process.memoryUsage().rss;
  const store = await openLanceDbStore({ root });
  const peers: Peer[] = [];
  try {
    say("loading");
    const rawLoadMs = await loadRaw(path.join(root, "raw"), data);
    const loaded = await loadOurs(store, data);
    say("building the index, while searches go on");
    const built = await buildBesideReads(root, store, loaded, data, K, truth, readsPerS);
    if (options.peers) peers.push(...(await openPeers(data, K, say)));
    const engines = {
      ours: await openOurs(store, loaded, K),
      raw: await openRaw(root, loaded, K),
      peers,
    };
    say(`${queries} queries a side and round, ${FILTERED} of each filter`);
    const sides = await measureSides(engines, data, truths, rounds);
    const memory = (process.memoryUsage().rss - rssBefore) / MIB;
    const disk = (await folderBytes(root, loaded)) / MIB;
    const figures: Figure[] = [
      { what: "load", value: documents / (loaded.tookMs / 1_000), unit: "documents/s" },
      { what: "load to raw `add`", value: rawLoadMs / loaded.tookMs, unit: "x" },
      { what: "index build, beside reads", value: built.tookMs / 1_000, unit: "s" },
      ...built.figures,
      ...searchFigures(sides),
      ...SELECTIONS.flatMap(({ name }) => filterFigures(sides, name)),
      { what: "exact scan in JavaScript, p50", value: scanMs, unit: "ms" },
      { what: "memory beyond the vectors themselves", value: memory, unit: "MiB" },
      { what: "disk", value: disk, unit: "MiB" },
      ...peers.flatMap((peer) => peer.figures(sides)),
    ];
    const sizes = { documents, dimension, k: K, queriesPerRound: queries };
    return {
      figures,
      sides,
      sizes: { ...sizes, filteredPerRound: FILTERED, readsPerSecondBesideBuild: readsPerS },
      seed: SEED,
      notes: [
        `The vectors themselves are ${((documents * dimension * 4) / MIB).toFixed(0)} MiB, which this process also holds for the right answers.`,
        "Both sides give ten rows with their bodies; the port asks for one more, to see ties cut off at the k-th place.",
        ...loaded.notes,
        options.peers ? PEERS_NOTE : "Other engines are measured with --peers.",
      ],
    };
  } finally {
    for (const peer of peers) peer.end();
    await store.close();
  }
}

interface Engines {
  readonly ours: { readonly ask: Ask; readonly exact: Ask };
  readonly raw: Ask;
  readonly peers: readonly Peer[];
}

function measureSides(
  { ours, raw, peers }: Engines,
  data: AnnData,
  truths: Truths,
  rounds: number,
): Promise<Rounds<Side>> {
  const queries = data.queries.length;
  const truth = required(truths.get(EVERYTHING.name), "it was asked for");
  const asked = peers.map(({ name, ask }) => [name, () => ask(queries, truth)] as const);
  return measureInTurn(
    {
      nearfield: () => timeAll(ours.ask, data, truths, [EVERYTHING], queries),
      raw: () => timeAll(raw, data, truths, [EVERYTHING], queries),
      exact: () => timeAll(ours.exact, data, truths, [EVERYTHING], EXACT),
      nearfieldFiltered: () => timeAll(ours.ask, data, truths, SELECTIONS, FILTERED),
      rawFiltered: () => timeAll(raw, data, truths, SELECTIONS, FILTERED),
      nearfieldFour: () => rateOfFour(ours.ask, data),
      rawFour: () => rateOfFour(raw, data),
      ...Object.fromEntries(asked),
    },
    { rounds, warmUps: 1 },
  );
}

function searchFigures(
  sides: Rounds<"nearfield" | "raw" | "exact" | "nearfieldFour" | "rawFour">,
): Figure[] {
  const { nearfield, raw, exact, nearfieldFour, rawFour } = sides;
  const recall = EVERYTHING.name;
  return [
    figureOf("rate to the raw call, one caller", "x", ratio(nearfield, raw, "rate"), {
      atLeast: 0.9,
    }),
    figureOf("rate to the raw call, four callers", "x", ratio(nearfieldFour, rawFour, "rate"), {
      atLeast: 0.9,
    }),
    figureOf("recall@10", "", spread(values(nearfield, `${recall}: recall`)), { atLeast: 0.99 }),
    figureOf("recall@10 of the raw call", "", spread(values(raw, `${recall}: recall`))),
    figureOf("queries/s, one caller", "/s", spread(values(nearfield, "rate"))),
    figureOf("queries/s of the raw call", "/s", spread(values(raw, "rate"))),
    figureOf("queries/s, four callers", "/s", spread(values(nearfieldFour, "rate"))),
    figureOf("p50", "ms", spread(values(nearfield, "p50"))),
    figureOf("p95", "ms", spread(values(nearfield, "p95"))),
    figureOf("p95 of the raw call", "ms", spread(values(raw, "p95"))),
    figureOf("exact scan through the port, p50", "ms", spread(values(exact, "p50"))),
    figureOf("exact scan, recall@10", "", spread(values(exact, `${recall}: recall`))),
  ];
}

function filterFigures(
  { nearfieldFiltered: ours, rawFiltered: raw }: Rounds<"nearfieldFiltered" | "rawFiltered">,
  name: string,
): Figure[] {
  return [
    figureOf(`${name}: recall@10`, "", spread(values(ours, `${name}: recall`)), { atLeast: 0.95 }),
    figureOf(`${name}: recall@10 of the raw call`, "", spread(values(raw, `${name}: recall`))),
    figureOf(`${name}: p50`, "ms", spread(values(ours, `${name}: p50`))),
    figureOf(`${name}: p50 to the raw call`, "x", ratio(ours, raw, `${name}: p50`)),
  ];
}

/** One query after another, the same of each selection. */
async function timeAll(
  ask: Ask,
  data: AnnData,
  truths: Truths,
  selections: readonly Selection[],
  queries: number,
): Promise<Round> {
  const round: Record<string, number> = {};
  const all: number[] = [];
  for (const selection of selections) {
    const truth = required(truths.get(selection.name), "the right answers are known");
    const times: number[] = [];
    let [found, wanted] = [0, 0];
    for (const [i, query] of data.queries.slice(0, queries).entries()) {
      const startMs = performance.now();
      const ids = await ask(query, selection);
      times.push(performance.now() - startMs);
      const right = truth[i] ?? new Set();
      found += ids.filter((id) => right.has(id)).length;
      wanted += right.size;
    }
    round[`${selection.name}: p50`] = percentile(times, 50);
    round[`${selection.name}: recall`] = wanted === 0 ? 1 : found / wanted;
    all.push(...times);
  }
  const totalMs = all.reduce((sum, ms) => sum + ms, 0);
  return {
    ...round,
    rate: (1_000 * all.length) / totalMs,
    p50: percentile(all, 50),
    p95: percentile(all, 95),
  };
}

/** Four callers at once, each with a share of the queries. */
async function rateOfFour(ask: Ask, { queries }: AnnData): Promise<Round> {
  let next = 0;
  const startMs = performance.now();
  const caller = async () => {
    for (;;) {
      const query = queries[next++];
      if (query === undefined) return;
      await ask(query, EVERYTHING);
    }
  };
  await Promise.all([caller(), caller(), caller(), caller()]);
  return { rate: (1_000 * queries.length) / (performance.now() - startMs) };
}
