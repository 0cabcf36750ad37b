import type { WireFilter } from "../../../shared/contracts/filter.ts";

/** What of the page's state lives in its address: a link shows the same query. */
export interface Address {
  readonly text: string;
  readonly like: string | null;
  readonly filter: WireFilter | null;
}

/** What the link that opens the page hands over in its fragment, which no server sees. */
export interface HandOver {
  readonly key: string | null;
  /** The key may write, so the page offers it. */
  readonly mayWrite: boolean;
  /** Documents that the demo will have; null where no demo is loaded. */
  readonly expected: number | null;
  /** Position of the session, so that a switch of location does not go back in time. */
  readonly position: string | null;
}

export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  return {
    text: query.get("q") ?? "",
    like: query.get("like"),
    filter: readFilter(query.get("filter")),
  };
}

/** The query part of the address, `""` for the empty page. */
export function writeAddress({ text, like, filter }: Address): string {
  const query = new URLSearchParams();
  if (text !== "") query.set("q", text);
  if (like !== null) query.set("like", like);
  if (filter !== null) query.set("filter", JSON.stringify(filter));
  const written = query.toString();
  return written === "" ? "" : `?${written}`;
}

export function readHandOver(fragment: string): HandOver {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const expected = given.get("demo");
  return {
    key: given.get("key"),
    mayWrite: given.get("write") === "1",
    expected: expected !== null && /^[1-9]\d{0,8}$/.test(expected) ? Number(expected) : null,
    position: given.get("position"),
  };
}

export function writeHandOver({ key, mayWrite, expected, position }: HandOver): string {
  const handed = new URLSearchParams();
  if (key !== null) handed.set("key", key);
  if (mayWrite) handed.set("write", "1");
  if (expected !== null) handed.set("demo", String(expected));
  if (position !== null) handed.set("position", position);
  return `#${handed.toString()}`;
}

/** A filter that can't be read is none: the address is the user's to edit. */
function readFilter(text: string | null): WireFilter | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as WireFilter)
      : null;
  } catch {
    return null;
  }
}
