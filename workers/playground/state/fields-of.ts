import type { CollectionView } from "../../../shared/contracts/collection.ts";
import type { StatusReply } from "../../../shared/contracts/status.ts";
import type { FieldType } from "../../../shared/domain/field-value.ts";

type Fields = Readonly<Record<string, FieldType>>;

const NONE: Fields = {};

/** The fields that a collection declares, as the regions tell; none while they have not been heard. */
export function fieldsOf(status: StatusReply | null, collection: string): Fields {
  const newest = viewsOf(status)
    .filter(({ name }) => name === collection)
    .sort((a, b) => b.schemaVersion - a.schemaVersion)[0];
  return newest?.fields ?? NONE;
}

/** The collections that the key can read, by name, and the one that is searched, known or not. */
export function collectionsOf(status: StatusReply | null, searched: string): readonly string[] {
  return [...new Set([searched, ...viewsOf(status).map(({ name }) => name)])].sort();
}

/** Documents of a collection that can be found; null where unknown. */
export function searchableOf(status: StatusReply, collection: string): number | null {
  const views = viewsOf(status).filter(({ name }) => name === collection);
  return views.length === 0 ? null : Math.max(...views.map(({ documents }) => documents ?? 0));
}

function viewsOf(status: StatusReply | null): readonly CollectionView[] {
  return status?.regions.flatMap(({ collections }) => collections) ?? [];
}
