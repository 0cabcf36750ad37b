import { readFile } from "node:fs/promises";
import path from "node:path";
import { BlobSegments } from "../../lambdas/adapters/blob-segments.ts";
import { FolderBlobs } from "../../lambdas/adapters/folder-blobs.ts";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import type { Segments } from "../../lambdas/ports/segments.ts";
import { keyRecordName, type KeyRecord } from "../../shared/contracts/caller.ts";
import { required } from "../../shared/std/assert.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import type { RunningTwin, TwinReport } from "../flows/start-twin.ts";
import { Session, type Recorder, type Send } from "./session.ts";
import type { FinalState } from "./check.ts";
import { collectionOf, type Asked } from "./operation.ts";

/** What a client waits longer than the deadline that it gives, ms. */
const CLIENT_MS_GRACE = 2_000;

/** A running twin as histories see it: two tenants, its log, and its regions one by one. */
export class TwinPlaces {
  readonly #report: TwinReport;
  readonly #redisToken: string;
  readonly #segments: Segments;

  private constructor(report: TwinReport, redisToken: string, segments: Segments) {
    this.#report = report;
    this.#redisToken = redisToken;
    this.#segments = segments;
  }

  /** @param tenants get a key each, beside those that the twin has */
  static async open(twin: RunningTwin, tenants: readonly string[]): Promise<TwinPlaces> {
    const secrets: unknown = JSON.parse(
      await readFile(path.join(twin.state, "secrets.json"), "utf8"),
    );
    const redisToken = (secrets as { redisToken: string }).redisToken;
    const report = await twin.report();
    for (const { role, url } of report.redis) {
      if (role !== "region") continue;
      const redis = createUpstashClient(url, redisToken);
      for (const tenant of tenants) {
        const record: KeyRecord = {
          keyId: "caller",
          tenant,
          scopes: ["read", "write", "admin"],
          expiresMs: null,
        };
        await redis.set(keyRecordName(sha256Hex(keyOf(tenant))), JSON.stringify(record));
      }
    }
    const blobs = new FolderBlobs(path.join(twin.state, "blobs"));
    return new TwinPlaces(report, redisToken, new BlobSegments(blobs, Date.now));
  }

  readonly send: Send = async (
    location,
    tenant,
    { method, path: at, headers, body, deadlineMs },
  ) => {
    const { url } = required(
      this.#report.locations.find(({ name }) => name === location),
      "a location",
    );
    const response = await fetch(`${url}${at}`, {
      method,
      headers: { ...headers, authorization: `Bearer ${keyOf(tenant)}` },
      ...(body === null ? {} : { body }),
      signal: AbortSignal.timeout(deadlineMs + CLIENT_MS_GRACE),
    });
    const text = await response.text();
    return { status: response.status, header: (name) => response.headers.get(name), text };
  };

  get log(): UpstashLog {
    const { url } = required(
      this.#report.redis.find(({ role }) => role === "log"),
      "a twin has a log",
    );
    return new UpstashLog(createUpstashClient(url, this.#redisToken), this.#segments);
  }

  /** What each region shows, through a location that it is the nearest to; position -1 where it does not answer itself. */
  async finals(
    recorder: Recorder,
    tenants: readonly string[],
    collection: string,
  ): Promise<FinalState[]> {
    const finals: FinalState[] = [];
    // The first of those that have it as their nearest is the nearer one.
    const nearest = new Map(
      this.#report.locations.toReversed().map(({ name, nearest: of }) => [of, name]),
    );
    for (const tenant of tenants) {
      for (const [region, location] of nearest) {
        const asked = listAll(tenant, collection, location);
        const {
          outcome,
          hits,
          servedPosition,
          region: by,
        } = await new Session("final").perform(recorder, asked);
        const itself = outcome === "ok" && by === region;
        finals.push({
          region,
          collection: collectionOf({ tenant, collection }),
          position: itself ? (servedPosition ?? 0) : -1,
          documents: itself ? hits : [],
        });
      }
    }
    return finals;
  }
}

/** Of the twin's tenants for histories. */
function keyOf(tenant: string): string {
  return `nf_history_${tenant}`;
}

function listAll(tenant: string, collection: string, location: string): Asked {
  return {
    op: 0,
    client: 0,
    sessionId: "final",
    tenant,
    location,
    kind: "list",
    collection,
    id: null,
    value: null,
    group: null,
    ifPosition: null,
    idempotencyKey: null,
    level: "eventual",
    maxStalenessMs: null,
    query: null,
    k: null,
    deadlineMs: 10_000,
  };
}
