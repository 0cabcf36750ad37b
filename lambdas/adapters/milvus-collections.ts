import {
  LoadState,
  type CreateCollectionReq,
  type FieldType,
  type FunctionObject,
  type MilvusClient,
} from "@zilliz/milvus2-sdk-node";
import { abortable } from "../../shared/std/abortable.ts";
import { milvusCall, MilvusFailure } from "./milvus-call.ts";
import {
  foundIndex,
  indexParams,
  type FieldIndex,
  type FoundIndex,
  type MilvusIndex,
} from "./milvus-index.ts";

/** Creating, indexing and loading take seconds on a busy server. */
const CREATE_MS_MAX = 60_000;
const LOAD_POLL_MS = 50;

export interface MilvusCollection {
  readonly name: string;
  readonly fields: readonly FieldType[];
  /** Fields that the server fills from others; only servers from 2.5 on have functions. */
  readonly functions?: readonly FunctionObject[];
  readonly vectorFields: readonly VectorField[];
}

/** A field that is searched by its vectors, and so has an index; null stands for the store's own choice. */
export interface VectorField {
  readonly name: string;
  readonly index: FieldIndex | null;
}

/** How collections that are not there yet are made. */
export interface CollectionOptions {
  readonly index: MilvusIndex;
  /** Query nodes that hold a collection, each all of it. */
  readonly replicas: number;
}

/** By vector field. */
export type FoundIndexes = ReadonlyMap<string, FoundIndex>;

/** The collections of a Milvus, as one client knows them. A collection's name never changes its meaning. */
export class MilvusCollections {
  readonly #client: MilvusClient;
  readonly #options: CollectionOptions;
  /** Found or made to be there, and loaded. */
  readonly #ready = new Map<string, Promise<FoundIndexes>>();

  constructor(client: MilvusClient, options: CollectionOptions) {
    this.#client = client;
    this.#options = options;
  }

  /**
   * Makes sure that a collection is there, indexed and loaded: created with reads that see every acknowledged write.
   * Harmless when repeated, and when another client does the same. Once done it costs no call.
   *
   * @returns the index that each vector field has: of a collection that was there before, an earlier choice
   */
  async ensure(collection: MilvusCollection, signal: AbortSignal): Promise<FoundIndexes> {
    const { name } = collection;
    const made = this.#ready.get(name) ?? this.#prepareInTime(collection);
    this.#ready.set(name, made);
    try {
      return await abortable(made, signal);
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

  async #prepareInTime(collection: MilvusCollection): Promise<FoundIndexes> {
    const limit = AbortSignal.timeout(CREATE_MS_MAX);
    try {
      return await this.#prepare(collection, limit);
    } catch (error) {
      if (!limit.aborted) throw error;
      const reason = `not there and loaded within ${CREATE_MS_MAX} ms`;
      const failed = { kind: "transport", code: "unknown", reason } as const;
      throw new MilvusFailure(`prepare ${collection.name}`, failed, error);
    }
  }

  /** Where all is as it should be it costs a call, and then one a vector field at once. */
  async #prepare(collection: MilvusCollection, signal: AbortSignal): Promise<FoundIndexes> {
    const { name, vectorFields } = collection;
    const state = await this.#loadState(name, signal);
    if (state === LoadState.LoadStateNotExist) await this.#create(collection, signal);
    const found = new Map<string, FoundIndex>();
    await Promise.all(
      vectorFields.map(async (field) => {
        const there = await this.#describe(name, field, signal);
        found.set(field.name, there ?? (await this.#index(name, field, signal)));
      }),
    );
    if (state !== LoadState.LoadStateLoaded) await this.#load(name, signal);
    return found;
  }

  async #create({ name, fields, functions }: MilvusCollection, signal: AbortSignal): Promise<void> {
    const request: CreateCollectionReq = {
      collection_name: name,
      fields: [...fields],
      ...(functions === undefined ? {} : { functions: [...functions] }),
      consistency_level: "Strong",
    };
    try {
      await milvusCall("createCollection", () => this.#client.createCollection(request), signal);
    } catch (error) {
      if (!(await this.#exists(name, signal))) throw error; // Else another client was faster.
    }
  }

  /** @returns the index that is there then: Milvus refuses a second one, so it may be another client's */
  async #index(name: string, field: VectorField, signal: AbortSignal): Promise<FoundIndex> {
    const place = { collection_name: name, field_name: field.name };
    const request = { ...place, ...indexParams(field.index ?? this.#options.index) };
    const refusal = await milvusCall(
      "createIndex",
      () => this.#client.createIndex(request),
      signal,
    ).then(
      () => null,
      (error: unknown) => error,
    );
    const there = await this.#describe(name, field, signal);
    if (there !== null) return there;
    if (refusal instanceof Error) throw refusal;
    const reason = `there is none on ${field.name} afterwards`;
    throw new MilvusFailure("createIndex", { kind: "refused", code: "unknown", reason }, refusal);
  }

  /** Null where the field has no index, which Milvus says by a refusal. */
  async #describe(
    name: string,
    field: VectorField,
    signal: AbortSignal,
  ): Promise<FoundIndex | null> {
    const request = { collection_name: name, field_name: field.name };
    try {
      const { index_descriptions: indexes } = await milvusCall(
        "describeIndex",
        () => this.#client.describeIndex(request),
        signal,
      );
      const mine = indexes.find(({ field_name: of }) => of === field.name);
      const wanted = field.index ?? this.#options.index;
      return mine === undefined ? null : foundIndex(mine.params, wanted);
    } catch (error) {
      if (error instanceof MilvusFailure && error.kind === "refused") return null;
      throw error;
    }
  }

  async #load(name: string, signal: AbortSignal): Promise<void> {
    const request = { collection_name: name, replica_number: this.#options.replicas };
    // Its waiting form looks twice a second, and goes on when the caller has gone.
    await milvusCall("loadCollection", () => this.#client.loadCollectionAsync(request), signal);
    while ((await this.#loadState(name, signal)) !== LoadState.LoadStateLoaded)
      await abortable(new Promise((resolve) => setTimeout(resolve, LOAD_POLL_MS)), signal);
  }

  async #loadState(name: string, signal: AbortSignal): Promise<LoadState> {
    const request = { collection_name: name };
    const found = await milvusCall(
      "getLoadState",
      () => this.#client.getLoadState(request),
      signal,
    );
    return found.state;
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
