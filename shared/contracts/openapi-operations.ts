import { z } from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { CollectionName } from "./collection.ts";
import { Job, WarmReply, WarmRequest } from "./job.ts";
import { answers, json, problem } from "./openapi-parts.ts";
import { PromoteReply, PromoteRequest } from "./promote.ts";
import { PublishRegionsReply, RegionsRecord, RegionsReply } from "./regions-record.ts";
import { ReshardReply, ReshardRequest } from "./shard-map.ts";
import {
  ContentReply,
  RestoreRequest,
  SnapshotJobReply,
  SnapshotRequest,
  SnapshotsReply,
} from "./snapshot.ts";
import { ChangeSpacesReply, ChangeSpacesRequest } from "./space.ts";

const name = z.strictObject({ name: z.string() });

/** What those who run collections call. */
export const operationPaths: ZodOpenApiPathsObject = {
  "/v1/collections/{name}/promote": {
    post: {
      operationId: "promoteCollection",
      summary:
        "Make a region the one that accepts the collection's writes, in a new term of its log",
      requestParams: { path: name },
      requestBody: json(PromoteRequest),
      responses: answers(PromoteReply, "Promoted"),
    },
  },
  "/v1/collections/{name}/shards": {
    post: {
      operationId: "reshardCollection",
      summary:
        "Change a collection's shards while it is read and written; GET /v1/status tells how far each region is",
      requestParams: { path: name },
      requestBody: json(ReshardRequest),
      responses: answers(ReshardReply, "Each region begins", "202"),
    },
  },
  "/v1/collections/{name}/spaces": {
    post: {
      operationId: "changeSpaces",
      summary:
        "Add a space to a collection while it is read and written, or build one anew; the other spaces stay as they are, and GET /v1/status tells how far it is",
      requestParams: { path: name },
      requestBody: json(ChangeSpacesRequest),
      responses: answers(ChangeSpacesReply, "Each region begins", "202"),
    },
  },
  "/v1/warm": {
    post: {
      operationId: "warm",
      summary: "Answer retrievals ahead, so that the nearest region has them in its cache",
      requestBody: json(WarmRequest),
      responses: answers(WarmReply, "A job has begun", "202"),
    },
  },
  "/v1/jobs/{id}": {
    get: {
      operationId: "getJob",
      summary: "How far a job is; kept for an hour",
      requestParams: { path: z.strictObject({ id: z.string() }) },
      responses: answers(Job, "As it was a moment ago"),
    },
  },
  "/v1/collections/{name}/digest": {
    get: {
      operationId: "contentDigest",
      summary:
        "One number of all that each region shows of a collection: equal points, equal digests",
      requestParams: { path: name },
      responses: answers(ContentReply, "As they are now"),
    },
  },
  "/v1/regions": {
    get: {
      operationId: "regions",
      summary: "Which regions are read, by the newest record that this location can find",
      responses: answers(RegionsReply, "As they are now"),
    },
    put: {
      operationId: "publishRegions",
      summary:
        "Publish a regions record to every region's Redis, over none that is as new; locations take it within seconds",
      requestBody: json(RegionsRecord),
      responses: answers(PublishRegionsReply, "Published where that is said"),
    },
  },
  "/v1/snapshots": {
    post: {
      operationId: "askForSnapshot",
      summary:
        "Have a snapshot made of all that was acknowledged before; GET /v1/snapshots tells how far it is",
      requestBody: json(SnapshotRequest),
      responses: answers(SnapshotJobReply, "A region makes it", "202"),
    },
    get: {
      operationId: "listSnapshots",
      summary: "Snapshots, newest first, and the work on them of the last hour",
      requestParams: { query: z.strictObject({ collection: CollectionName.optional() }) },
      responses: answers(SnapshotsReply, "The caller's snapshots"),
    },
  },
  "/v1/snapshots/restore": {
    post: {
      operationId: "restoreSnapshot",
      summary:
        "Restore a snapshot into a new collection; what is damaged is named, and an older snapshot stands in where the log still has the rest",
      requestBody: json(RestoreRequest),
      responses: answers(SnapshotJobReply, "The primary restores it", "202"),
    },
  },
  "/v1/snapshots/{id}": {
    delete: {
      operationId: "deleteSnapshot",
      summary: "Delete a snapshot that no region may need",
      requestParams: { path: z.strictObject({ id: z.string() }) },
      responses: { "204": { description: "It is gone" }, default: problem },
    },
  },
};
