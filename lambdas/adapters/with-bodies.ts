import { required } from "../../shared/std/assert.ts";
import type { Candidate, StoreView } from "../ports/store.ts";

/** Candidates with their rows' bodies, read from the same view. */
export async function withBodies(
  view: StoreView,
  shard: number,
  candidates: readonly Candidate[],
  signal: AbortSignal,
): Promise<Candidate[]> {
  const ids = [...new Set(candidates.map(({ id }) => id))];
  const rows = await view.documents(shard, ids, { vectors: false }, signal);
  const bodies = new Map(rows.map(({ id, passage, body }) => [`${passage} ${id}`, body]));
  return candidates.map((candidate) => {
    const body = bodies.get(`${candidate.passage} ${candidate.id}`);
    return { ...candidate, body: required(body, "the view has the candidate's row") };
  });
}
