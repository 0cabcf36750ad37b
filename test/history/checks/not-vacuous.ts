import { LOCATIONS } from "../../twin/topology.ts";
import type { Check, History } from "../check.ts";
import { collectionOf, isAnswered, isWrite, type Operation } from "../operation.ts";

/** A run in which nothing of what it is about took place proves nothing. */
export const notVacuous: Check = {
  name: "not-vacuous",
  find: (history) => {
    const seen = sightingsOf(history);
    return history.wanted
      .filter((name) => (seen[name] ?? 0) === 0)
      .map((name) => ({ check: "not-vacuous", what: `there was no ${name}`, ops: [] }));
  },
};

/** What the history shows, beside what was seen by who ran it. */
export function sightingsOf({ operations, sightings }: History): Record<string, number> {
  const reads = operations.filter(isAnswered);
  const count = (is: (operation: Operation) => boolean) => operations.filter(is).length;
  return {
    ...sightings,
    operations: operations.length,
    failover: reads.filter(wasElsewhere).length,
    "cache-hit": reads.filter(({ tier }) => tier !== null && tier !== "region").length,
    ...changedAnswers(reads),
    "duplicate-dropped": count(({ repeated }) => repeated === true),
    "outcome-unknown": count((one) => one.outcome === "info" && isWrite(one)),
    "level-refused": count(({ code }) => code === "consistency-unavailable"),
    "condition-refused": count(({ code }) => code === "position-mismatch"),
    "partial-answer": reads.filter(({ coverage }) => (coverage?.missing.length ?? 0) > 0).length,
  };
}

/** Answered by another region than the location's nearest. */
function wasElsewhere({ location, region, tier }: Operation): boolean {
  const nearest = LOCATIONS.find(({ name }) => name === location)?.nearest;
  return region !== null && tier !== null && nearest !== undefined && region !== nearest;
}

/** Questions whose answer became another one, answered anew: from a cache, or by a region because the held answer was refused. */
function changedAnswers(reads: readonly Operation[]) {
  const seen = { "cache-hit-after-write": 0, "stale-candidate-refused": 0 };
  const first = new Map<string, string>();
  const held = new Map<string, string>();
  for (const read of reads.toSorted((a, b) => a.complete - b.complete)) {
    if (read.kind !== "retrieve") continue;
    const question = `${collectionOf(read)} ${read.query} ${read.group} ${read.k}`;
    const place = `${read.location} ${question}`;
    const answer = read.hits.map(({ id, value }) => `${id}=${value}`).join(" ");
    const changed = (first.get(question) ?? answer) !== answer;
    const [fromRegion, there] = [read.tier === "region", held.get(place) ?? answer];
    if (changed && !fromRegion) seen["cache-hit-after-write"] += 1;
    if (fromRegion && there !== answer) seen["stale-candidate-refused"] += 1;
    if (!first.has(question)) first.set(question, answer);
    held.set(place, answer);
  }
  return seen;
}
