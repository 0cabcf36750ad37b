import type { FieldType, MilvusClient } from "@zilliz/milvus2-sdk-node";
import { milvusCall } from "./milvus-call.ts";
import { abortable } from "../../shared/std/abortable.ts";

/** Creating, indexing and loading take seconds on a busy server. */
const CREATE_MS_MAX = 60_000;

export interface MilvusCollection {
  readonly name: string;
  readonly fields: readonly FieldType[];
  readonly vectorFields: readonly string[];
}

/** The collections of a Milvus, as one client knows them. A collection's name never changes its meaning. */
export class MilvusCollections {
  readonly #client: MilvusClient;
  /** Found or made to be there, and loaded. */
  readonly #ready = new Map<string, Promise<void>>();

  constructor(client: MilvusClient) {
    this.#client = client;
  }

  /**
   * Makes sure that a collection is there and loaded: created with reads that see every acknowledged write, and an exact
   * index on each vector field. Harmless when repeated, and when another client does the same. Once done it costs no call.
   */
  async ensure(collection: MilvusCollection, signal: AbortSignal): Promise<void> {
    const { name } = collection;
    const made =
      this.#ready.get(name) ?? this.#create(collection, AbortSignal.timeout(CREATE_MS_MAX));
    this.#ready.set(name, made);
    try {
      await abortable(made, signal);
    } catch (error) {
      // A caller who ran out of time leaves the others their creation.
      if (!signal.aborted && this.#ready.get(name) === made) this.#ready.delete(name);
      throw error;
    }
  }

  /** Costs no call for a collection that this client has made sure of. */
  async isThere(name: string, signal: AbortSignal): Promise<boolean> {
    return this.#ready.has(name) || this.#exists(name, signal);
  }

  /** Asks the server, also about a collection that this client made sure of: another may have dropped it since. */
  async isStillThere(name: string, signal: AbortSignal): Promise<boolean> {
    const there = await this.#exists(name, signal);
    if (!there) this.#ready.delete(name);
    return there;
  }

  async drop(name: string, signal: AbortSignal): Promise<void> {
    this.#ready.delete(name);
    if (!(await this.#exists(name, signal))) return;
    await milvusCall(
      "dropCollection",
      () => this.#client.dropCollection({ collection_name: name }),
      signal,
    );
  }

  async #create(
    { name, fields, vectorFields }: MilvusCollection,
    signal: AbortSignal,
  ): Promise<void> {
    const client = this.#client;
    if (!(await this.#exists(name, signal))) {
      const request = {
        collection_name: name,
        fields: [...fields],
        consistency_level: "Strong" as const,
      };
      try {
        await milvusCall("createCollection", () => client.createCollection(request), signal);
      } catch (error) {
        if (!(await this.#exists(name, signal))) throw error; // Else another client was faster.
      }
    }
    for (const field of vectorFields) await this.#index(name, field, signal);
    await milvusCall(
      "loadCollection",
      () => client.loadCollection({ collection_name: name }),
      signal,
    );
  }

  /** FLAT, which scans: milvus-lite's HNSW finds 44 to 77 % under a filter. */
  async #index(name: string, field: string, signal: AbortSignal): Promise<void> {
    const place = { collection_name: name, field_name: field };
    const index = { ...place, index_type: "FLAT", metric_type: "COSINE" };
    try {
      await milvusCall("createIndex", () => this.#client.createIndex(index), signal);
    } catch (error) {
      // Milvus refuses a second one: all is well if there is a first.
      const described = milvusCall(
        "describeIndex",
        () => this.#client.describeIndex(place),
        signal,
      );
      if ((await described).index_descriptions.length === 0) throw error;
    }
  }

  async #exists(name: string, signal: AbortSignal): Promise<boolean> {
    const request = { collection_name: name };
    const found = await milvusCall(
      "hasCollection",
      () => this.#client.hasCollection(request),
      signal,
    );
    return found.value === true;
  }
}
