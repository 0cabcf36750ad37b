import type { NearfieldClient } from "../../client/nearfield-client.ts";
import { PLATFORM } from "../../client/platform.ts";
import { patiently } from "../patient.ts";

export type DocumentKind = "text" | "image";

/** Documents of one read: with texts of 40,000 characters each, the reply still fits its 5 MB. */
const BATCH = 50;
const DEADLINE_MS = 20_000;

/**
 * Whether each document is a picture or a text; those that the collection does not have are missing.
 * @throws NearfieldError, where the collection or the key is wrong too: before anything is measured
 */
export async function documentKinds(
  client: NearfieldClient,
  collection: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, DocumentKind>> {
  const kinds = new Map<string, DocumentKind>();
  for (let i = 0; i < ids.length; i += BATCH) {
    const request = { collection, ids: ids.slice(i, i + BATCH), deadlineMs: DEADLINE_MS };
    const { documents } = await patiently(
      PLATFORM,
      () => client.getDocuments(request, { signal }),
      signal,
    );
    for (const { id, media } of documents) kinds.set(id, media === undefined ? "text" : "image");
  }
  return kinds;
}

/** What a query looks for, e.g. `image`, `image+text`; `missing` where the collection has none of it. */
export function kindOfAll(
  ids: readonly string[],
  kinds: ReadonlyMap<string, DocumentKind>,
): string {
  const found = [...new Set(ids.flatMap((id) => kinds.get(id) ?? []))].toSorted();
  return found.length === 0 ? "missing" : found.join("+");
}
