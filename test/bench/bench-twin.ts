import type { NearfieldClient } from "../../shared/client/nearfield-client.ts";
import { required } from "../../shared/std/assert.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import { seededRandom } from "../../shared/std/random.ts";
import { startTwin, type RunningTwin, type TwinReport } from "../flows/start-twin.ts";
import { benchDocuments, randomVector } from "./bench-documents.ts";
import type { HttpCall } from "./open-loop.ts";

export const COLLECTION = "bench";
export const SPACE = "v";
/** The location that is measured, and its nearest region. */
export const LOCATION = "fra";
export const REGION = "eu-central-1";

const PUT_BATCH = 250;

export interface BenchTwinOptions {
  readonly documents: number;
  readonly dimension: number;
  readonly shards: number;
  readonly seed: number;
  readonly say: (step: string) => void;
}

export interface BenchTwin {
  readonly twin: RunningTwin;
  readonly report: TwinReport;
  readonly client: NearfieldClient;
  /** A retrieval at the location, by a vector. */
  retrieve(vector: Float32Array, k: number): HttpCall;
  /** A vector that no call had before. */
  nextVector(): Float32Array;
  end(): Promise<void>;
}

/** A twin without distance and without demo, with a collection of given vectors. */
export async function startBenchTwin(options: BenchTwinOptions): Promise<BenchTwin> {
  const { documents, dimension, shards, seed, say } = options;
  say("starting a twin, WAN off");
  const twin = await startTwin({ args: ["--wan", "off"] });
  try {
    const report = await twin.report();
    const client = await twin.client(LOCATION);
    await client.createCollection({
      name: COLLECTION,
      spaces: { [SPACE]: { model: "none", dimension } },
      fields: { kind: "string", n: "number" },
      shards,
    });
    say(`writing ${documents} documents`);
    const random = seededRandom(seed);
    const nextVector = () => randomVector(dimension, random);
    const all = benchDocuments(documents, SPACE, nextVector, random);
    for (let start = 0; start < all.length; start += PUT_BATCH)
      await client.putDocuments({
        collection: COLLECTION,
        documents: all.slice(start, start + PUT_BATCH),
      });
    const { url } = required(
      report.locations.find(({ name }) => name === LOCATION),
      `the twin has the location ${LOCATION}`,
    );
    const headers = {
      authorization: `Bearer ${report.readKey}`,
      "content-type": "application/json",
    };
    return {
      twin,
      report,
      client,
      retrieve: (vector, k) => ({
        url: `${url}/v1/retrieve`,
        method: "POST",
        headers,
        body: JSON.stringify({
          collection: COLLECTION,
          query: { vector: encodeVector(vector), space: SPACE },
          k,
        }),
      }),
      nextVector,
      end: () => endTwin(twin),
    };
  } catch (error) {
    await endTwin(twin);
    throw error;
  }
}

async function endTwin(twin: RunningTwin): Promise<void> {
  await twin.stop();
  await twin.remove();
}
