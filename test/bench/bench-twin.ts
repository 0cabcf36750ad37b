import type { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import { required } from "../../shared/std/assert.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import { seededRandom } from "../../shared/std/random.ts";
import { startTwin, until, type RunningTwin, type TwinReport } from "../flows/start-twin.ts";
import { benchDocuments, randomVector } from "./bench-documents.ts";
import type { HttpCall } from "./open-loop.ts";

export const COLLECTION = "bench";
export const SPACE = "v";
/** The location that is measured, and its nearest region. */
export const LOCATION = "fra";
export const REGION = "eu-central-1";

const PUT_BATCH = 250;
const LAG_MS_MAX = 60_000;

export interface BenchTwinOptions {
  readonly documents: number;
  readonly dimension: number;
  readonly shards: number;
  readonly seed: number;
  /** Whether the places are as far apart as they are; else there is no distance. */
  readonly wan?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly say: (step: string) => void;
}

export interface BenchTwin {
  readonly twin: RunningTwin;
  readonly report: TwinReport;
  readonly client: NearfieldOperator;
  /** A retrieval at the location, by a vector. */
  retrieve(vector: Float32Array, k: number): HttpCall;
  /** A retrieval of 10 at any location, with more of a request's members. */
  ask(location: string, vector: Float32Array, more?: object): HttpCall;
  /** A write at the location. */
  put(documents: readonly DocumentInput[], collection?: string): HttpCall;
  /** Waits until every region has applied all that was written: else what is measured next pays for it. */
  settle(collection?: string): Promise<void>;
  /** A vector that no call had before. */
  nextVector(): Float32Array;
  end(): Promise<void>;
}

/** A twin without demo, with a collection of given vectors. */
export async function startBenchTwin(options: BenchTwinOptions): Promise<BenchTwin> {
  const { documents, dimension, shards, seed, wan = false, env = {}, say } = options;
  say(`starting a twin, WAN ${wan ? "on" : "off"}`);
  const twin = await startTwin({ args: wan ? [] : ["--wan", "off"], env });
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
    const urlOf = (location: string) => locationUrl(report, location);
    const url = urlOf(LOCATION);
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
      ask: (location, vector, more = {}) => ({
        url: `${urlOf(location)}/v1/retrieve`,
        method: "POST",
        headers,
        body: JSON.stringify({
          collection: COLLECTION,
          query: { vector: encodeVector(vector), space: SPACE },
          ...more,
        }),
      }),
      put: (written, collection = COLLECTION) => ({
        url: `${url}/v1/documents`,
        method: "POST",
        headers: { ...headers, authorization: `Bearer ${report.key}` },
        body: JSON.stringify({ collection, documents: written }),
      }),
      settle: (collection = COLLECTION) => settle(twin, report, collection),
      nextVector,
      end: () => endTwin(twin),
    };
  } catch (error) {
    await endTwin(twin);
    throw error;
  }
}

function locationUrl({ locations }: TwinReport, location: string): string {
  const found = locations.find(({ name }) => name === location);
  return required(found, `the twin has the location ${location}`).url;
}

async function settle(twin: RunningTwin, report: TwinReport, collection: string): Promise<void> {
  for (const { name } of report.locations) {
    const client = await twin.client(name);
    const caughtUp = async () =>
      client.countDocuments({ collection, consistency: "strong" }).then(
        () => true,
        () => false, // Not yet: it is asked again until its deadline.
      );
    await until(caughtUp, LAG_MS_MAX, () => `the region of ${name} does not catch up`);
  }
}

async function endTwin(twin: RunningTwin): Promise<void> {
  await twin.stop();
  await twin.remove();
}
