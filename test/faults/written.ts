/** A write, as the test remembers it: no text means that it was deleted. */
export interface Written {
  readonly id: string;
  readonly text: string | null;
  readonly ifPosition?: number;
}

/** Documents by id, as the writes make them one after the other. */
export function stateAfter(
  history: readonly Written[],
): Map<string, { text: string; position: number }> {
  const found = new Map<string, { text: string; position: number }>();
  for (const [i, { id, text, ifPosition }] of history.entries()) {
    if (ifPosition !== undefined && ifPosition !== (found.get(id)?.position ?? 0)) continue;
    if (text === null) found.delete(id);
    else found.set(id, { text, position: i + 1 });
  }
  return found;
}
