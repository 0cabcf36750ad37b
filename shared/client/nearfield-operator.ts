import type { CollectionView } from "../contracts/collection.ts";
import type { PromoteInput, PromoteReply } from "../contracts/promote.ts";
import type { Job, WarmReply } from "../contracts/job.ts";
import type {
  PublishRegionsReply,
  RegionsRecord,
  RegionsReply,
} from "../contracts/regions-record.ts";
import type { ReshardReply } from "../contracts/shard-map.ts";
import type {
  ContentReply,
  SnapshotJobReply,
  SnapshotJobView,
  SnapshotsReply,
} from "../contracts/snapshot.ts";
import type { ChangeSpacesReply } from "../contracts/space.ts";
import { get, post, READ_MS_MAX, WRITE_MS_MAX } from "./calls.ts";
import { NearfieldClient } from "./nearfield-client.ts";
import type {
  CallOptions,
  CreateCollectionInput,
  ChangeSpacesInput,
  ReshardInput,
  RestoreInput,
  RetrieveInput,
} from "./request-types.ts";

/** What those who run collections call beside their readers and writers. Apart from the client, so that a page need not carry it. */
export class NearfieldOperator extends NearfieldClient {
  /** Not retried: a second try could not tell its own collection from another's of that name. */
  createCollection(
    request: CreateCollectionInput,
    options: CallOptions = {},
  ): Promise<CollectionView> {
    const call = { ...post("/v1/collections", request, request.name), repeatable: false };
    return this.json<CollectionView>(call, options, WRITE_MS_MAX);
  }

  /** A region accepts the collection's writes from then on. Not retried: a second promotion would be another one. */
  promote(
    collection: string,
    request: PromoteInput = {},
    options: CallOptions = {},
  ): Promise<PromoteReply> {
    const path = `/v1/collections/${encodeURIComponent(collection)}/promote`;
    const call = { ...post(path, request, collection), repeatable: false };
    return this.json<PromoteReply>(call, options, WRITE_MS_MAX);
  }

  /** Each region moves its own copy; `status` tells how far it is. Asked for what the collection has already, nothing changes. */
  reshard(
    collection: string,
    request: ReshardInput,
    options: CallOptions = {},
  ): Promise<ReshardReply> {
    const call = post(
      `/v1/collections/${encodeURIComponent(collection)}/shards`,
      request,
      collection,
    );
    return this.json<ReshardReply>(call, options, WRITE_MS_MAX);
  }

  /** Each region moves to shards with these spaces, then the primary makes the vectors; `status` tells how far that is. Not retried: a second rebuild would begin anew. */
  changeSpaces(
    collection: string,
    request: ChangeSpacesInput,
    options: CallOptions = {},
  ): Promise<ChangeSpacesReply> {
    const path = `/v1/collections/${encodeURIComponent(collection)}/spaces`;
    const call = { ...post(path, request, collection), repeatable: false };
    return this.json<ChangeSpacesReply>(call, options, WRITE_MS_MAX);
  }

  /** Answers retrievals ahead, in the region nearest to the location; `job` tells how far that is. */
  async warm(queries: readonly RetrieveInput[], options: CallOptions = {}): Promise<Job> {
    const call = post("/v1/warm", { queries }, null);
    return (await this.json<WarmReply>(call, options, READ_MS_MAX)).job;
  }

  job(id: string, options: CallOptions = {}): Promise<Job> {
    return this.json<Job>(
      get(`/v1/jobs/${encodeURIComponent(id)}`, {}, null),
      options,
      READ_MS_MAX,
    );
  }

  /** Takes on a snapshot of all that was acknowledged before; `snapshots` tells how far it is. Not retried: that would make two. */
  async backup(collection: string, options: CallOptions = {}): Promise<SnapshotJobView> {
    const call = { ...post("/v1/snapshots", { collection }, collection), repeatable: false };
    return (await this.json<SnapshotJobReply>(call, options, WRITE_MS_MAX)).job;
  }

  /** Takes on a restore into a new collection. Not retried: a second one would find the name taken. */
  async restore(request: RestoreInput, options: CallOptions = {}): Promise<SnapshotJobView> {
    const call = { ...post("/v1/snapshots/restore", request, request.into), repeatable: false };
    return (await this.json<SnapshotJobReply>(call, options, WRITE_MS_MAX)).job;
  }

  /** Snapshots, and the work on them, of one collection or of all. */
  snapshots(collection?: string, options: CallOptions = {}): Promise<SnapshotsReply> {
    return this.json<SnapshotsReply>(
      get("/v1/snapshots", { collection }, null),
      options,
      READ_MS_MAX,
    );
  }

  /** One number of all that each region shows of a collection. */
  contentDigest(collection: string, options: CallOptions = {}): Promise<ContentReply> {
    const path = `/v1/collections/${encodeURIComponent(collection)}/digest`;
    return this.json<ContentReply>(get(path, {}, collection), options, WRITE_MS_MAX);
  }
  /** Which regions are read, by the newest record that the location can find. */
  regions(options: CallOptions = {}): Promise<RegionsReply> {
    return this.json<RegionsReply>(get("/v1/regions", {}, null), options, READ_MS_MAX);
  }

  /** Published twice it is the same: a record is where it is, or refused. */
  publishRegions(record: RegionsRecord, options: CallOptions = {}): Promise<PublishRegionsReply> {
    const call = { ...post("/v1/regions", record, null), method: "PUT" as const };
    return this.json<PublishRegionsReply>(call, options, WRITE_MS_MAX);
  }
}
