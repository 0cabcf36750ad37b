import { required } from "../../../shared/std/assert.ts";
import { startTwin, until, type RunningTwin } from "../../flows/start-twin.ts";
import { vectorCollection, vectorOf } from "../../flows/vectors.ts";
import { LOCATIONS, REGIONS } from "../../twin/topology.ts";
import { COLLECTION, DOCUMENTS } from "./load.ts";

/** The location that a fault is about, and its nearest region. */
export const LOCATION = "fra";
export const REGION = "eu-central-1";

/** A twin with distance, and a collection of which the first hit of every query is known. */
export class FaultWorld {
  readonly twin: RunningTwin;

  private constructor(twin: RunningTwin) {
    this.twin = twin;
  }

  static async start(): Promise<FaultWorld> {
    const twin = await startTwin({ redis: "" });
    const world = new FaultWorld(twin);
    const client = await twin.client("iad");
    await client.createCollection(vectorCollection(COLLECTION));
    for (let start = 0; start < DOCUMENTS; start += 250)
      await client.putDocuments({
        collection: COLLECTION,
        documents: Array.from({ length: 250 }, (_, i) => ({
          id: `d${start + i}`,
          vectors: { v: vectorOf(start + i) },
          metadata: { n: start + i },
        })),
        waitFor: "all",
      });
    return world;
  }

  async clients() {
    return Promise.all(
      LOCATIONS.map(async ({ name }) => ({
        name,
        client: await this.twin.client(name),
      })),
    );
  }

  break(links: string, fault: object): Promise<void> {
    return this.twin.control("POST", `/links/${links}`, fault);
  }

  heal(links: string): Promise<void> {
    return this.twin.control("DELETE", `/links/${links}`);
  }

  process(name: string, action: string, body?: object): Promise<void> {
    return this.twin.control("POST", `/processes/${name}/${action}`, body);
  }

  /** Calls from locations to regions' functions so far. */
  async regionCalls(): Promise<number> {
    const { control } = await this.twin.report();
    const links = (await (await fetch(`${control}/links`)).json()) as {
      readonly name: string;
      readonly requests: number;
    }[];
    const ways = new Set(
      LOCATIONS.flatMap(({ name }) => REGIONS.map((region) => `${name}->${region.name}`)),
    );
    return links.reduce((sum, { name, requests }) => sum + (ways.has(name) ? requests : 0), 0);
  }

  async pidOfRedis(role: "log" | "region", region?: string): Promise<number> {
    const { redis } = await this.twin.report();
    const found = redis.find((one) => one.role === role && (region ?? one.region) === one.region);
    const { enginePid, pid } = required(found, "a Redis of that role");
    return enginePid ?? pid;
  }

  async pidOfLocation(name: string): Promise<number | undefined> {
    return (await this.twin.report()).locations.find((one) => one.name === name)?.pid;
  }

  /** Whether every location serves a version of the regions record, and has told of one that it did not take. @returns what is wrong */
  async servesDespite(version: number): Promise<string[]> {
    const found = await Promise.all(
      LOCATIONS.map(async ({ name }) => {
        const { regionsRecord } = await (await this.twin.client(name)).status();
        const { rejected } = regionsRecord;
        return regionsRecord.version === version && rejected?.served === version
          ? []
          : [`${name} serves ${JSON.stringify(regionsRecord)}`];
      }),
    );
    return found.flat();
  }

  /** Every region lists the same ids, and all of those that were acknowledged. @returns what is wrong */
  async converged(written: readonly string[], waitMsMax: number): Promise<string[]> {
    const found: string[] = [];
    for (const { name } of LOCATIONS) {
      const client = await this.twin.client(name);
      const count = async () =>
        client
          .countDocuments({ collection: COLLECTION, consistency: "strong", deadlineMs: 10_000 })
          .then(({ count: counted }) => counted)
          .catch(() => null);
      await until(
        async () => ((await count()) ?? 0) >= DOCUMENTS + written.length,
        waitMsMax,
        () => `${name} does not count what was acknowledged`,
      ).catch((error: unknown) => void found.push(String(error)));
      const missing: string[] = [];
      for (let start = 0; start < written.length; start += 500) {
        const ids = written.slice(start, start + 500);
        const { documents } = await client.getDocuments({
          collection: COLLECTION,
          ids,
          consistency: "strong",
          deadlineMs: 10_000,
        });
        const there = new Set(documents.map(({ id }) => id));
        missing.push(...ids.filter((id) => !there.has(id)));
      }
      if (missing.length > 0) found.push(`${name} lacks ${missing.length} acknowledged writes`);
    }
    return found;
  }

  async end(): Promise<void> {
    await this.twin.stop();
    await this.twin.remove();
  }
}
