import type { WireFilter } from "../../../shared/contracts/filter.ts";

/**
 * One filter as conditions that all must hold, each of which can be dropped alone. What is not and-ed (`$or`, `$not`) stays whole.
 * Joined again they mean the same.
 */
export function splitFilter(filter: WireFilter): readonly WireFilter[] {
  return Object.entries(filter).flatMap(([name, member]): readonly WireFilter[] => {
    if (name === "$and" && Array.isArray(member) && member.every(isObject))
      return member.flatMap(splitFilter);
    if (name.startsWith("$") || !isObject(member)) return [{ [name]: member }];
    const operators = Object.entries(member);
    if (operators.length === 0) return [{ [name]: member }]; // Refused by the server, which says why.
    return operators.map(([operator, operand]) => ({ [name]: { [operator]: operand } }));
  });
}

/** The filter that asks for all of the conditions; null for none. */
export function joinFilters(conditions: readonly WireFilter[]): WireFilter | null {
  const names = conditions.flatMap((condition) => Object.keys(condition));
  if (names.length === 0) return null;
  const apart = new Set(names).size === names.length;
  return apart ? Object.assign({}, ...conditions) : { $and: [...conditions] };
}

function isObject(value: unknown): value is WireFilter {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
