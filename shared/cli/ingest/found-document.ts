import type { DocumentInput } from "../../contracts/document.ts";

/** A document of a source, or what of it can't be one and why. */
export interface Found {
  /** `FILE:LINE`, or the file's path in its folder. */
  readonly at: string;
  /** From 0, the same each time that the source is read. */
  readonly index: number;
  /** What of the source it takes, for the progress bar. */
  readonly bytes: number;
  readonly document: DocumentInput | null;
  /** Null where there is a document. */
  readonly complaint: string | null;
}

/** All of a source. */
export interface Source {
  readonly bytes: number;
  /** Changes with the source: what was done of another one says nothing. */
  readonly version: string;
  documents(): AsyncIterable<Found>;
}
