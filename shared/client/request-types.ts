import type { CreateCollectionRequest } from "../contracts/collection.ts";
import type { ReshardRequest } from "../contracts/shard-map.ts";
import type { RestoreRequest } from "../contracts/snapshot.ts";
import type { ChangeSpacesRequest } from "../contracts/space.ts";
import type { PutDocumentsRequest, WaitFor } from "../contracts/document.ts";
import type {
  CountDocumentsRequest,
  CountReply as CountReplySchema,
  GetDocumentsRequest,
  PatchDocumentRequest,
} from "../contracts/document-queries.ts";
import type { WireFilter } from "../contracts/filter.ts";
import type { Consistency, RagRequest, RetrieveRequest } from "../contracts/retrieve.ts";

/** What may be sent for a schema: members with a default may be left out. */
type Sent<Schema extends { readonly _zod: { readonly input: unknown } }> = Schema["_zod"]["input"];

export type RetrieveInput = Sent<typeof RetrieveRequest>;
export type RagInput = Omit<Sent<typeof RagRequest>, "stream">;
export type PutDocumentsInput = Sent<typeof PutDocumentsRequest>;
export type CreateCollectionInput = Sent<typeof CreateCollectionRequest>;
export type ReshardInput = Sent<typeof ReshardRequest>;
export type ChangeSpacesInput = Sent<typeof ChangeSpacesRequest>;
export type RestoreInput = Sent<typeof RestoreRequest>;
export type CountInput = Sent<typeof CountDocumentsRequest>;
export type GetDocumentsInput = Sent<typeof GetDocumentsRequest>;
export type CountReply = (typeof CountReplySchema)["_zod"]["output"];

export interface ReadOptions {
  readonly consistency?: Consistency;
  /** For `bounded`. */
  readonly maxStalenessMs?: number;
  readonly deadlineMs?: number;
}

export interface DocumentInputs extends ReadOptions {
  readonly collection: string;
  readonly id: string;
}

export interface ListInput extends ReadOptions {
  readonly collection: string;
  readonly filter?: WireFilter;
  /** Of the page before. */
  readonly cursor?: string;
  /** Documents of a page; 100 where not said. */
  readonly limit?: number;
}

export interface DeleteInput {
  readonly collection: string;
  readonly id: string;
  readonly waitFor?: Sent<typeof WaitFor>;
  readonly deadlineMs?: number;
}

export interface DeleteFoundInput extends Omit<DeleteInput, "id"> {
  readonly filter: WireFilter;
}

export interface PatchInput extends DeleteInput {
  readonly metadata: Sent<typeof PatchDocumentRequest>["metadata"];
  readonly ifPosition?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Longest that the call may take, retries included. */
  readonly timeoutMs?: number;
}

export interface WriteOptions extends CallOptions {
  /** Names the write, so that repeating it writes once; a random one where not given. */
  readonly idempotencyKey?: string;
}
