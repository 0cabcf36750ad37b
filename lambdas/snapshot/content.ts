import { Problem } from "../../shared/contracts/problems.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { ContentDigest } from "../../shared/domain/content-digest.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { Placements } from "../catalog/placements.ts";
import type { VectorStore } from "../ports/store.ts";
import { partsOf } from "./snapshotter.ts";

/** All that a region shows of a collection at a point, in one number: equal points and spaces, equal digests. */
export interface Content {
  readonly point: Point;
  /** Vectors of other spaces make another digest. */
  readonly schemaVersion: number;
  readonly documents: number;
  readonly digest: string;
}

/** Reads all of a collection, and keeps none of it. */
export class ContentReader {
  readonly #store: VectorStore;
  readonly #placements: Placements;

  constructor(store: VectorStore, placements: Placements) {
    this.#store = store;
    this.#placements = placements;
  }

  /** @throws Problem `consistency-unavailable` where nothing is held; Error where it is written to on an engine that pins no view */
  async of(record: CollectionRecord, signal: AbortSignal): Promise<Content> {
    const held = await this.#placements.read(record, signal);
    const { checkpoint, layout, collection } = held;
    if (checkpoint === null)
      throw new Problem(
        "consistency-unavailable",
        "The region does not hold the collection yet: look again.",
      );
    const view = await this.#store.openView(layout, checkpoint, signal);
    const digest = new ContentDigest();
    let documents = 0;
    for await (const lines of partsOf(view, { ...held, checkpoint }, signal)) {
      for (const line of lines) digest.add(line);
      documents += lines.length;
    }
    const { schemaVersion } = collection;
    return { point: checkpoint.point, schemaVersion, documents, digest: digest.hex() };
  }
}
