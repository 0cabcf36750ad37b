import type { StatusReply } from "../../../shared/contracts/status.ts";
import type { FieldType } from "../../../shared/domain/field-value.ts";
import { COLLECTION } from "./to-request.ts";

type Fields = Readonly<Record<string, FieldType>>;

const NONE: Fields = {};

/** The fields that the collection declares, as the regions tell; none while they have not been heard. */
export function fieldsOf(status: StatusReply | null): Fields {
  const views = status?.regions.flatMap(({ collections }) => collections) ?? [];
  const newest = views
    .filter(({ name }) => name === COLLECTION)
    .sort((a, b) => b.schemaVersion - a.schemaVersion)[0];
  return newest?.fields ?? NONE;
}
