import { LogEntry } from "../../shared/contracts/log-entry.ts";
import { decodeVector } from "../../shared/std/bytes.ts";
import { required } from "../../shared/std/assert.ts";

/** An entry of the log as it was read at the end. */
export interface TruthEntry {
  readonly position: number;
  readonly term: number;
  readonly chain: string;
  readonly digest: string;
  readonly json: string;
}

/** A document as one write made it. */
export interface Version {
  readonly id: string;
  readonly position: number;
  readonly value: number | null;
  readonly group: number | null;
  readonly vector: Float32Array;
}

/** What one entry made of one document; `version` null: it is gone. */
interface Change {
  readonly id: string;
  readonly version: Version | null;
}

export interface Written {
  readonly position: number;
  readonly entry: LogEntry;
  /** False where it was for another position than its document had. */
  readonly counts: boolean;
}

/** An entry that the log names and has lost made nothing of any document; `log-order` tells of it. */
const LOST: LogEntry = { v: 1, kind: "restored", snapshot: "lost", position: 0 };

/** One collection's log, replayed: its order is known, so that every check is linear in the history. */
export class Truth {
  readonly incarnation: string;
  readonly entries: readonly TruthEntry[];
  readonly written: readonly Written[];
  readonly #changes: readonly (readonly Change[])[];
  readonly #versions = new Map<string, { position: number; version: Version | null }[]>();

  constructor(incarnation: string, entries: readonly TruthEntry[]) {
    this.incarnation = incarnation;
    this.entries = entries;
    const now = new Map<string, Version>();
    const written: Written[] = [];
    this.#changes = entries.map(({ position, json }) => {
      const entry = json === "" ? LOST : LogEntry.parse(JSON.parse(json));
      const { changes, counts } = replayed(now, position, entry);
      written.push({ position, entry, counts });
      for (const { id, version } of changes) {
        if (version === null) now.delete(id);
        else now.set(id, version);
        const versions = this.#versions.get(id) ?? [];
        versions.push({ position, version });
        this.#versions.set(id, versions);
      }
      return changes;
    });
    this.written = written;
  }

  /** Position of the last entry. */
  get head(): number {
    return this.entries.at(-1)?.position ?? 0;
  }

  /** What the entry at a position made of documents. */
  changesAt(position: number): readonly Change[] {
    return this.#changes[position - 1] ?? [];
  }

  /** The document as it was at a position; null where there was none. */
  versionAt(id: string, position: number): Version | null {
    const versions = this.#versions.get(id) ?? [];
    let [low, high] = [0, versions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((versions[middle]?.position ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return versions[low - 1]?.version ?? null;
  }

  /** All documents as they were at a position. */
  documentsAt(position: number): Version[] {
    return [...this.#versions.keys()].flatMap((id) => this.versionAt(id, position) ?? []);
  }

  /** Whether a token, as answers give it, names a point of this line. */
  has(token: string): boolean {
    const [incarnation, , position, chain8 = "-"] = token.split(".");
    if (incarnation !== this.incarnation) return false;
    if (position === "0") return true;
    const entry = this.entries[Number(position) - 1];
    return entry?.position === Number(position) && entry.chain.startsWith(chain8);
  }
}

/** The documents as the log has them at one position after another. */
export class ReplayCursor {
  readonly #truth: Truth;
  readonly documents = new Map<string, Version>();
  #position = 0;

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  /** @param position not before that of an earlier call */
  advanceTo(position: number): ReadonlyMap<string, Version> {
    for (; this.#position < position; this.#position++) {
      for (const { id, version } of this.#truth.changesAt(this.#position + 1)) {
        if (version === null) this.documents.delete(id);
        else this.documents.set(id, version);
      }
    }
    return this.documents;
  }
}

function replayed(
  now: ReadonlyMap<string, Version>,
  position: number,
  entry: LogEntry,
): { readonly changes: Change[]; readonly counts: boolean } {
  switch (entry.kind) {
    case "put": {
      const counts =
        entry.ifPosition === undefined || entry.ifPosition === (now.get(entry.id)?.position ?? 0);
      return {
        changes: counts ? [{ id: entry.id, version: versionOf(position, entry) }] : [],
        counts,
      };
    }
    case "delete":
      return { changes: [{ id: entry.id, version: null }], counts: true };
    case "delete-found": {
      const found = entry.ids.filter((id) => (now.get(id)?.position ?? 0) <= entry.foundAt);
      return { changes: found.map((id) => ({ id, version: null })), counts: true };
    }
    case "restored":
    case "schema":
    case "filled":
      return { changes: [], counts: true };
  }
}

function versionOf(position: number, entry: Extract<LogEntry, { kind: "put" }>): Version {
  const vector = decodeVector(entry.passages[0]?.vectors["v"] ?? "");
  return {
    id: entry.id,
    position,
    value: numberOf(entry.metadata?.["w"]),
    group: numberOf(entry.metadata?.["g"]),
    vector: required(vector, "a logged vector is whole"),
  };
}

export function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
