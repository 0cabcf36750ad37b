import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changesOf } from "../../lambdas/watch/changes.ts";
import { recordOf, type RankedAnswer } from "../../lambdas/watch/watched-answer.ts";
import { readWatchRecord, WatchRecord } from "../../shared/contracts/watch-record.ts";
import { marksOf, type Change, type Watched } from "../../shared/domain/watch.ts";
import { WatchedAnswers } from "../../shared/domain/watched-answers.ts";
import { required } from "../../shared/std/assert.ts";
import { RECORD, scenario, WatchedCollection, type Scenario } from "./watched-collection.ts";

const signal = new AbortController().signal;
const RUNS = 400;

/** How an answer is watched: what is kept of it, and what of a change is looked at. */
interface Rule {
  readonly record?: (watched: Watched, answer: RankedAnswer) => Watched;
  readonly changes?: (changes: readonly Change[]) => readonly Change[];
}

interface Outcome {
  /** Answers that stayed on the list, though they come out differently now. */
  readonly wrong: number;
  readonly kept: number;
  readonly dropped: number;
}

/** Asks, writes batch by batch, tests each against what is watched, and asks anew for all that stayed. */
async function run({ before, queries, since }: Scenario, rule: Rule): Promise<Outcome> {
  const collection = new WatchedCollection();
  await collection.write(before);
  const answers = new WatchedAnswers();
  const held = new Map<string, { readonly query: Scenario["queries"][number]; hits: unknown }>();
  for (const [i, query] of queries.entries()) {
    const answer = await collection.ask(query);
    if (answer === null) continue;
    const json = required(await recordOf(answer.ranked, signal), "it is small enough");
    const watched = readWatchRecord(WatchRecord.parse(JSON.parse(json)), RECORD.fields);
    answers.add(String(i), rule.record?.(watched, answer.ranked) ?? watched);
    held.set(String(i), { query, hits: answer.hits });
  }
  const outcome = { wrong: 0, kept: 0, dropped: 0 };
  for (const batch of since) {
    const changes = required(
      changesOf(RECORD, await collection.write(batch)),
      "these are writes of documents",
    );
    for (const name of answers.altered(rule.changes?.(changes) ?? changes)) {
      answers.remove(name);
      held.delete(name);
      outcome.dropped += 1;
    }
    for (const { query, hits } of held.values()) {
      const fresh = await collection.ask(query);
      outcome.kept += 1;
      if (JSON.stringify(fresh?.hits) !== JSON.stringify(hits)) outcome.wrong += 1;
    }
  }
  return outcome;
}

test("an answer that is still on the list comes out the same when it is computed anew, whatever was asked and written", async () => {
  const all = { kept: 0, dropped: 0 };
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const { wrong, kept, dropped } = await run(given, {});
      all.kept += kept;
      all.dropped += dropped;
      expect(wrong).toBe(0);
    }),
    { numRuns: RUNS },
  );
  // Else nothing was shown.
  expect(all.kept).toBeGreaterThan(RUNS / 4);
  expect(all.dropped).toBeGreaterThan(RUNS / 4);
});

const BUGS: readonly { readonly name: string; readonly rule: Rule }[] = [
  {
    name: "watch-list-only-checks-ids-it-holds",
    rule: { record: (watched) => ({ ...watched, branches: [] }) },
  },
  {
    name: "candidates-forgotten",
    rule: { record: (watched) => ({ ...watched, marks: marksOf([]) }) },
  },
  {
    name: "hits-for-candidates",
    rule: {
      record: (watched, { ranking }) => ({
        ...watched,
        marks: marksOf(ranking.found.rankings.flatMap((of) => of.slice(0, 1)).map(({ id }) => id)),
      }),
    },
  },
  {
    name: "like-forgotten",
    rule: {
      record: (watched, { ranking }) => ({
        ...watched,
        marks: marksOf(ranking.found.rankings.flat().map(({ id }) => id)),
      }),
    },
  },
  {
    name: "tau-from-quantised",
    rule: {
      record: (watched) => ({
        ...watched,
        branches: watched.branches.map((one) => ({ ...one, tau: Math.ceil(one.tau * 4) / 4 })),
      }),
    },
  },
  {
    name: "fewer-than-asked-for-are-no-limit",
    rule: {
      record: (watched, { planned, ranking }) => ({
        ...watched,
        branches: watched.branches.map((one, i) => ({
          ...one,
          tau: Math.max(
            one.tau,
            ranking.found.rankings[i]?.at(-1)?.similarity ?? (planned.branches.length > 0 ? 1 : 0),
          ),
        })),
      }),
    },
  },
  {
    name: "negative-branches-forgotten",
    rule: {
      record: (watched, { planned }) => ({
        ...watched,
        branches: watched.branches.filter((_, i) => planned.branches[i]?.negative !== true),
      }),
    },
  },
  {
    name: "first-branch-only",
    rule: { record: (watched) => ({ ...watched, branches: watched.branches.slice(0, 1) }) },
  },
  {
    name: "ties-kept",
    rule: {
      record: (watched) => ({
        ...watched,
        branches: watched.branches.map((one) => ({ ...one, tau: one.tau + 1e-4 })),
      }),
    },
  },
  {
    name: "words-as-if-near",
    rule: {
      record: (watched, { ranking }) => ({
        ...watched,
        words: false,
        marks: marksOf(ranking.found.rankings.flat().map(({ id }) => id)),
      }),
    },
  },
  {
    name: "first-passage-only",
    rule: {
      changes: (changes) => changes.map((one) => ({ ...one, passages: one.passages.slice(0, 1) })),
    },
  },
  {
    name: "deletes-untested",
    rule: { changes: (changes) => changes.filter(({ passages }) => passages.length > 0) },
  },
  {
    name: "old-filter-for-new-fields",
    rule: {
      changes: (changes) =>
        changes.map((one) => ({
          ...one,
          passages: one.passages.map((passage) => ({ ...passage, fields: { x: 9, y: "w" } })),
        })),
    },
  },
];

describe("a planted bug of the rule is caught", () => {
  for (const { name, rule } of BUGS) {
    test(name, async () => {
      const found = await fc.check(
        fc.asyncProperty(scenario, async (given) => (await run(given, rule)).wrong === 0),
        { numRuns: 20 * RUNS, seed: 1, endOnFailure: true },
      );
      expect(found.failed, "no run found it").toBe(true);
    });
  }
});
