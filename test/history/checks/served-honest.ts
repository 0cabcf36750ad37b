import { eachOperation } from "../check.ts";
import { isAnswered } from "../operation.ts";

/**
 * An answer's point is on the log's line, and every hit is the version that its document has there: none older than the answer says,
 * none newer, nothing that is deleted there; and a read of one document or of all lacks nothing.
 */
export const servedHonest = eachOperation("served-honest", isAnswered, (operation, truth) => {
  const { served, servedPosition, hits, kind, id, group } = operation;
  if (served === null || servedPosition === null) return "it was answered without a position";
  if (!truth.has(served)) return `it was served at ${served}, which is not on the log's line`;
  if (Number(served.split(".")[2]) !== servedPosition)
    return `it says position ${servedPosition} and ${served}`;
  for (const hit of hits) {
    const version = truth.versionAt(hit.id, servedPosition);
    const at = `${hit.id} at position ${servedPosition}`;
    if (version === null)
      return `it shows ${hit.id}, which is not there at position ${servedPosition}`;
    if (version.value !== hit.value) return `${at} has value ${version.value}, not ${hit.value}`;
    if (hit.position !== null && version.position !== hit.position)
      return `${at} was written at ${version.position}, not ${hit.position}`;
  }
  if (kind === "get" && hits.length === 0 && truth.versionAt(id ?? "", servedPosition) !== null)
    return `it lacks ${id}, which is there at position ${servedPosition}`;
  if (kind === "list") {
    const shown = new Set(hits.map((hit) => hit.id));
    const lacks = truth
      .documentsAt(servedPosition)
      .find((one) => !shown.has(one.id) && (group === null || one.group === group));
    if (lacks !== undefined) return `it lacks ${lacks.id} at position ${servedPosition}`;
  }
  return null;
});
