import { NearfieldError } from "../../shared/client/nearfield-error.ts";
import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import type { RunningTwin } from "../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../flows/vectors.ts";

export const LOCATIONS = ["iad", "fra", "sin"];
export const BOUND_MS = 1_500;
export const DEADLINE_MS = 15_000;

/** The ids that a read is answered with, or the code of the problem. */
export async function shown(
  client: NearfieldOperator,
  consistency: "eventual" | "bounded" | "session" | "strong",
  seed = 1,
  collection = "v",
): Promise<string> {
  const read = client.retrieve({
    collection,
    query: { vector: vectorOf(seed), space: "v" },
    k: 3,
    consistency,
    maxStalenessMs: BOUND_MS,
    deadlineMs: DEADLINE_MS,
  });
  return read.then(
    ({ hits }) => hits.map(({ id }) => id).join(),
    (error: unknown) => {
      if (error instanceof NearfieldError) return error.code;
      throw error;
    },
  );
}

/** What each location answers: each answer once. */
export async function shownEverywhere(
  twin: RunningTwin,
  consistency: "eventual" | "bounded" | "strong",
  seed: number,
  collection = "v",
): Promise<string[]> {
  const asked = LOCATIONS.map(async (at) =>
    shown(await twin.client(at), consistency, seed, collection),
  );
  return [...new Set(await Promise.all(asked))];
}

/** A collection `v` with documents of a prefix, in every region. */
export async function filled(by: NearfieldOperator, prefix: string): Promise<void> {
  await by.createCollection(vectorCollection("v"));
  const documents = Array.from({ length: 5 }, (_, n) => ({
    id: `${prefix}-${n}`,
    vectors: { v: vectorOf(n) },
  }));
  await by.putDocuments({ collection: "v", documents, waitFor: "all" });
}
