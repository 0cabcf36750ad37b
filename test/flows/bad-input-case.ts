/** A request that must be refused; a retrieval of collection `v` where nothing else is said. */
export interface BadInput {
  /** With the row of the abuse cases that asks for it, where one does. */
  readonly what: string;
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
  readonly key?: "none" | "wrong" | "read";
  readonly status: number;
  readonly code: string;
  /** Of the first error; and what its message must say, e.g. the limit. */
  readonly pointer?: string;
  readonly says?: string;
}
