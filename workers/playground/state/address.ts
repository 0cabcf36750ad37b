import type { WireFilter } from "../../../shared/contracts/filter.ts";
import {
  DEFAULT_OPTIONS,
  EMPTY_DRAFT,
  PLAIN,
  WEIGHT_MAX,
  type Draft,
  type Emphasis,
  type Options,
} from "./draft.ts";
import { joinFilters, splitFilter } from "./filters.ts";

/** What an address says of the page's state: a link shows the same query, but for a picture, of which it has only the name. */
export interface Address {
  /** Without a picture; likes are titled by their ids. */
  readonly draft: Draft;
  readonly pictureName: string | null;
  /** Members of the address that say nothing which could be asked: the draft goes without them. */
  readonly unread: readonly Unread[];
}

/** A member of an address that can't be read. */
export type Unread = "filter" | "fuse" | Switch;

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

/** Emphasis before an id: `0.5:id`, `-1:id`. An id that begins so itself is always written with one. */
const EMPHASISED = /^(-?)(\d{1,3}(?:\.\d{1,4})?):(.*)$/s;

export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const likes = new Map<string, Emphasis>();
  for (const like of query.getAll("like")) {
    const [emphasis, id] = readEmphasised(like);
    if (id !== "") likes.set(id, emphasis);
  }
  const [words] = readEmphasised(`${query.get("w") ?? ""}:`);
  const filters = readFilters(query.get("filter"));
  const draft = {
    ...EMPTY_DRAFT,
    collection: query.get("collection") || EMPTY_DRAFT.collection,
    text: query.get("q") ?? "",
    words,
    likes: [...likes].map(([id, emphasis]) => ({ id, title: id, thumbnailUrl: null, ...emphasis })),
    filters: filters ?? [],
    options: readOptions(query),
  };
  const unread: Unread[] = [...(filters === null ? ["filter" as const] : []), ...wrong(query)];
  return { draft, pictureName: query.get("picture"), unread };
}

/** The query part of the address, `""` for the empty page. */
export function writeAddress(draft: Draft): string {
  const { collection, text, words, picture, likes, filters, options } = draft;
  const query = new URLSearchParams();
  if (text !== "") query.set("q", text);
  if (text !== "" && !isPlain(words)) query.set("w", writeEmphasised(words, "").slice(0, -1));
  if (picture !== null) query.set("picture", picture.name);
  for (const { id, ...emphasis } of likes) query.append("like", writeEmphasised(emphasis, id));
  if (collection !== EMPTY_DRAFT.collection) query.set("collection", collection);
  const filter = joinFilters(filters);
  if (filter !== null) query.set("filter", JSON.stringify(filter));
  if (options.fuse !== DEFAULT_OPTIONS.fuse) query.set("fuse", options.fuse);
  for (const name of SWITCHES) if (options[name]) query.set(name, "1");
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

const SWITCHES = ["rerank", "exact", "fold"] as const;
type Switch = (typeof SWITCHES)[number];
const FUSES = ["ranks", "scores", "vectors"] as const;

/** Options whose value is none that they have. */
function wrong(query: URLSearchParams): Unread[] {
  const isOff = (value: string | null, values: readonly string[]) =>
    value !== null && !values.includes(value);
  const fuse = isOff(query.get("fuse"), FUSES) ? ["fuse" as const] : [];
  return [...fuse, ...SWITCHES.filter((name) => isOff(query.get(name), ["1", "0"]))];
}

function readOptions(query: URLSearchParams): Options {
  const fuse = query.get("fuse");
  return {
    fuse: FUSES.find((one) => one === fuse) ?? DEFAULT_OPTIONS.fuse,
    rerank: query.get("rerank") === "1",
    exact: query.get("exact") === "1",
    fold: query.get("fold") === "1",
  };
}

function isPlain({ weight, negative }: Emphasis): boolean {
  return weight === PLAIN.weight && negative === PLAIN.negative;
}

function writeEmphasised(emphasis: Emphasis, id: string): string {
  if (isPlain(emphasis) && id !== "" && !EMPHASISED.test(id)) return id;
  return `${emphasis.negative ? "-" : ""}${emphasis.weight}:${id}`;
}

/** A weight that no query may have is the usual one: the address is the user's to edit. */
function readEmphasised(text: string): readonly [Emphasis, string] {
  const found = EMPHASISED.exec(text);
  if (found === null) return [PLAIN, text];
  const [, sign, digits, id = ""] = found;
  const given = Number(digits);
  const weight = given > 0 && given <= WEIGHT_MAX ? given : PLAIN.weight;
  return [{ weight, negative: sign === "-" }, id];
}

/** Null where it can't be read: the address is the user's to edit. */
function readFilters(text: string | null): readonly WireFilter[] | null {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? splitFilter(value as WireFilter)
      : null;
  } catch {
    return null;
  }
}
