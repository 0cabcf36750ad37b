import { canonicalJson } from "../../../shared/std/canonical-json.ts";
import { eachOperation } from "../check.ts";
import { isWrite, type Operation } from "../operation.ts";
import type { Truth, Written } from "../truth.ts";

/** Every acknowledged write is in the log at the position that its writer was told, with what it wrote, and counts. */
export const ackedKept = eachOperation(
  "acked-kept",
  (operation) => operation.outcome === "ok" && isWrite(operation),
  (operation, truth) => {
    if (operation.position === null) return "it was acknowledged without a position";
    if (operation.served !== null && !truth.has(operation.served))
      return `it was told ${operation.served}, which is not on the log's line`;
    const written = truth.written[operation.position - 1];
    if (written === undefined) return `position ${operation.position} is not in the log`;
    return offence(operation, written, truth);
  },
);

function offence(operation: Operation, { entry, counts }: Written, truth: Truth): string | null {
  const at = `position ${operation.position} has`;
  switch (operation.kind) {
    case "put":
    case "patch": {
      if (
        entry.kind !== "put" ||
        entry.id !== operation.id ||
        entry.metadata?.["w"] !== operation.value
      )
        return `${at} ${canonicalJson({ kind: entry.kind, value: "metadata" in entry ? (entry.metadata?.["w"] ?? null) : null })}, not value ${operation.value} of ${operation.id}`;
      return counts
        ? null
        : `${at} the write, but it was for another position than its document had`;
    }
    case "delete":
      return entry.kind === "delete" && entry.id === operation.id
        ? null
        : `${at} a ${entry.kind}, not the deletion of ${operation.id}`;
    case "delete-found": {
      if (entry.kind !== "delete-found") return `${at} a ${entry.kind}, not a deletion by filter`;
      const { foundAt, ids } = entry;
      const wrong = ids.find((id) => truth.versionAt(id, foundAt)?.group !== operation.group);
      return wrong === undefined
        ? null
        : `${at} a deletion of ${wrong}, which the filter did not find`;
    }
    default:
      return null;
  }
}
