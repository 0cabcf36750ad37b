import pLimit from "p-limit";
import type { NearfieldClient } from "../../client/nearfield-client.ts";
import { NearfieldError } from "../../client/nearfield-error.ts";
import { PLATFORM } from "../../client/platform.ts";
import { Problem } from "../../contracts/problems.ts";
import type { RetrieveReply, Tier } from "../../contracts/retrieve.ts";
import { required } from "../../std/assert.ts";
import { refusalOf } from "../complaint.ts";
import { patiently } from "../patient.ts";
import { partsOf, type EvaluationQuery } from "./query-file.ts";
import { requestOf, type Shared, type Variant } from "./variants.ts";

export interface Answer {
  readonly kind: "answer";
  /** Best first, each once. */
  readonly ids: readonly string[];
  readonly tier: Tier;
  /** Of the try that was answered. */
  readonly tookMs: number;
  /** A shard is missing. */
  readonly partial: boolean;
  readonly rerankSkipped: boolean;
}

export interface Failure {
  readonly kind: "failure";
  readonly why: string;
}

/** Outcomes of one query, by variant. */
export type Outcomes = ReadonlyMap<string, Answer | Failure>;

interface Asking {
  readonly client: NearfieldClient;
  readonly variants: readonly Variant[];
  readonly shared: Shared;
  readonly concurrency: number;
  /** Called when a query has been asked under every variant. */
  readonly onAsked: () => void;
}

/** So many failures are no accident: what is left is not asked. */
const FAILURES_MAX = 20;

/**
 * Asks every query under every variant, one variant after the other, so that what slows the machine for a while slows all of them.
 * @returns in the order of the queries; null where it was not asked
 */
export async function askAll(
  { client, variants, shared, concurrency, onAsked }: Asking,
  queries: readonly EvaluationQuery[],
  signal: AbortSignal,
): Promise<(Outcomes | null)[]> {
  const limit = pLimit(concurrency);
  let failures = 0;
  const askOne = async (query: EvaluationQuery, index: number): Promise<Outcomes | null> => {
    if (failures >= FAILURES_MAX) return null;
    const outcomes = new Map<string, Answer | Failure>();
    for (let i = 0; i < variants.length; i++) {
      // The first to ask pays for what the others find cached, such as the text's vector: each has its turn.
      const variant = required(variants[(index + i) % variants.length], "an index within");
      const outcome = await ask(client, variant, query, shared, signal);
      if (outcome.kind === "failure") failures += 1;
      outcomes.set(variant.name, outcome);
    }
    onAsked();
    return outcomes;
  };
  return Promise.all(queries.map((query, index) => limit(askOne, query, index)));
}

async function ask(
  client: NearfieldClient,
  variant: Variant,
  query: EvaluationQuery,
  shared: Shared,
  signal: AbortSignal,
): Promise<Answer | Failure> {
  try {
    const request = requestOf(variant, query, await partsOf(query), shared);
    return await patiently(
      PLATFORM,
      async () => {
        const startMs = PLATFORM.monotonicMs();
        const reply = await client.retrieve(request, { signal });
        return answerOf(reply, PLATFORM.monotonicMs() - startMs);
      },
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NearfieldError)
      return {
        kind: "failure",
        why: `${error.code}: ${error.hint}${error.errors.map(({ pointer, message }) => ` ${pointer} ${message}`).join(";")}`,
      };
    if (error instanceof Problem) return { kind: "failure", why: refusalOf(error) };
    throw error;
  }
}

function answerOf({ hits, tier, coverage, rerank }: RetrieveReply, tookMs: number): Answer {
  return {
    kind: "answer",
    ids: [...new Set(hits.map(({ id }) => id))], // Grouped by passage, a document comes more than once.
    tier,
    tookMs,
    partial: coverage.missing.length > 0,
    rerankSkipped: rerank?.skipped !== undefined,
  };
}
