/**
 * The newest `nearfield-position` of each collection, as replies gave it: sent back with every call, it makes a client see its
 * own writes and never go back in time, at whatever location it asks.
 */
export class SessionPositions {
  readonly #tokens = new Map<string, string>();

  constructor(initial: Readonly<Record<string, string>> = {}) {
    for (const [collection, token] of Object.entries(initial)) this.#tokens.set(collection, token);
  }

  get(collection: string): string | null {
    return this.#tokens.get(collection) ?? null;
  }

  /** Replies may overtake each other, so an older token never replaces a newer one of the same line. */
  keep(collection: string, token: string): void {
    const known = this.#tokens.get(collection);
    if (known === undefined || !isOlder(token, known)) this.#tokens.set(collection, token);
  }

  /** For a token that the server calls lost: the history it names is gone. */
  forget(collection: string): void {
    this.#tokens.delete(collection);
  }

  /** As `initial` takes it, to go on elsewhere. */
  all(): Record<string, string> {
    return Object.fromEntries(this.#tokens);
  }
}

/** Whether `token` (incarnation.term.position.chain8) lies before `than`; tokens of two incarnations have no order. */
function isOlder(token: string, than: string): boolean {
  const [incarnation, term, position] = token.split(".");
  const [otherIncarnation, otherTerm, otherPosition] = than.split(".");
  if (incarnation !== otherIncarnation) return false;
  if (term !== otherTerm) return Number(term) < Number(otherTerm);
  return Number(position) < Number(otherPosition);
}
