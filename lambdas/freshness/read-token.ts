import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { parseToken, type PositionToken } from "../../shared/domain/point.ts";

/** The point that a read names. @throws Problem `invalid-request`, or `position-lost` for one of another incarnation */
export function readToken(record: CollectionRecord, text: string | null): PositionToken | null {
  if (text === null) return null;
  const token = parseToken(text);
  if (token === null)
    throw new Problem(
      "invalid-request",
      "The header nearfield-position is not one that nearfield gave.",
    );
  if (token.incarnation !== record.incarnation) {
    throw new Problem(
      "position-lost",
      "The nearfield-position header is of another collection: read without it.",
    );
  }
  return token;
}
