import type { NearfieldClient } from "../../../shared/client/nearfield-client.ts";
import type { Draft, Like } from "./draft.ts";

type Likes = Draft["likes"];

/** A link names documents by id only. */
export function areUnnamed(likes: Likes): boolean {
  return likes.some(({ id, title }) => id === title);
}

/** The likes' documents by id, for people to recognise: a failure to read them leaves the ids. */
export async function readLikes(
  client: NearfieldClient,
  { collection, likes }: Draft,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Like>> {
  const request = { collection, ids: likes.map(({ id }) => id) };
  const found = await client.getDocuments(request, { signal }).catch(() => null);
  const named = (found?.documents ?? []).map(({ id, title = id, media }): [string, Like] => [
    id,
    { id, title, thumbnailUrl: media?.thumbnailUrl ?? null },
  ]);
  return new Map(named);
}
