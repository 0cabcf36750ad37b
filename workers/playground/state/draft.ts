import type { WireFilter } from "../../../shared/contracts/filter.ts";
import type { Fuse } from "../../../shared/contracts/query.ts";

/** How a part counts beside the others. Alone, a part's weight changes nothing. */
export interface Emphasis {
  /** > 0, at most `WEIGHT_MAX`. */
  readonly weight: number;
  /** What is like it is pushed down. */
  readonly negative: boolean;
}

export interface Picture {
  readonly name: string;
  /** Media type of the bytes. */
  readonly type: string;
  readonly base64: string;
}

export interface Like {
  readonly id: string;
  /** The id itself until the document's title is known. */
  readonly title: string;
  /** Null where it has no picture, or none is known. */
  readonly thumbnailUrl: string | null;
}

/** How the answer is to be made; what is not the default is asked for. */
export interface Options {
  readonly fuse: Fuse;
  readonly rerank: boolean;
  readonly exact: boolean;
  readonly fold: boolean;
}

/** The query as it stands in the bar. */
export interface Draft {
  /** What is searched. */
  readonly collection: string;
  readonly text: string;
  /** Of the text. */
  readonly words: Emphasis;
  readonly picture: (Picture & Emphasis) | null;
  readonly likes: readonly (Like & Emphasis)[];
  /** All of them must hold; each is one that can be dropped alone. */
  readonly filters: readonly WireFilter[];
  readonly options: Options;
}

export type Part =
  | ({ readonly kind: "words"; readonly text: string } & Emphasis)
  | ({ readonly kind: "picture" } & Picture & Emphasis)
  | ({ readonly kind: "like" } & Like & Emphasis);

/** Names a part of a draft. */
export type PartName =
  | { readonly kind: "words" | "picture" }
  | { readonly kind: "like"; readonly id: string };

export const WEIGHT_MAX = 100;
/** A query may have 16 parts; words and a picture are two. */
const LIKES_MAX = 14;

export const PLAIN: Emphasis = { weight: 1, negative: false };
export const DEFAULT_OPTIONS: Options = { fuse: "ranks", rerank: false, exact: false, fold: false };
/** The collection that comes with nearfield, which is searched where the address names no other. */
export const DEMO = "demo";
export const EMPTY_DRAFT: Draft = {
  collection: DEMO,
  text: "",
  words: PLAIN,
  picture: null,
  likes: [],
  filters: [],
  options: DEFAULT_OPTIONS,
};

/** The parts in the order in which they are asked, so that an explanation's indexes name them. */
export function partsOf({ text, words, picture, likes }: Draft): readonly Part[] {
  const trimmed = text.trim();
  return [
    ...(trimmed === "" ? [] : [{ kind: "words" as const, text: trimmed, ...words }]),
    ...(picture === null ? [] : [{ kind: "picture" as const, ...picture }]),
    ...likes.map((like) => ({ kind: "like" as const, ...like })),
  ];
}

export function isEmptyDraft(draft: Draft): boolean {
  return partsOf(draft).length === 0;
}

/** A query of nothing but what is to be pushed down finds nothing, and is refused. */
export function findsSomething(draft: Draft): boolean {
  return partsOf(draft).some(({ negative }) => !negative);
}

/** More, or less, like a document beside what is asked already. Asked for twice, the later word counts. */
export function withLike(draft: Draft, like: Like, negative: boolean): Draft {
  const others = draft.likes.filter(({ id }) => id !== like.id);
  const likes = [...others, { ...like, weight: 1, negative }];
  return { ...draft, likes: likes.slice(-LIKES_MAX) };
}

export function withEmphasis(draft: Draft, name: PartName, change: Partial<Emphasis>): Draft {
  switch (name.kind) {
    case "words":
      return { ...draft, words: { ...draft.words, ...change } };
    case "picture":
      return draft.picture === null
        ? draft
        : { ...draft, picture: { ...draft.picture, ...change } };
    case "like": {
      const likes = draft.likes.map((like) =>
        like.id === name.id ? { ...like, ...change } : like,
      );
      return { ...draft, likes };
    }
  }
}

/** The same question elsewhere: documents and fields that it names are of the collection before. */
export function inCollection(draft: Draft, collection: string): Draft {
  return { ...draft, collection, likes: [], filters: [] };
}

/** The words that are left alone have nothing to be weighed against, so they count as usual again. */
export function withoutPart(draft: Draft, name: PartName): Draft {
  const left: Draft =
    name.kind === "like"
      ? { ...draft, likes: draft.likes.filter(({ id }) => id !== name.id) }
      : name.kind === "picture"
        ? { ...draft, picture: null }
        : { ...draft, text: "", words: PLAIN };
  return left.picture === null && left.likes.length === 0 ? { ...left, words: PLAIN } : left;
}
