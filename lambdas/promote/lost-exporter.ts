import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import { lastInCommon } from "../../shared/domain/line.ts";
import type { Point } from "../../shared/domain/point.ts";
import { allShards } from "../../shared/domain/shard-map.ts";
import { encodeVector, toBase64 } from "../../shared/std/bytes.ts";
import type { Held, Placements } from "../catalog/placements.ts";
import { readPage, type StoredDocument } from "../document/stored-document.ts";
import { blobName } from "../media/blob-name.ts";
import type { BlobStore } from "../ports/blobs.ts";
import type { LostEntries } from "../ports/lost-entries.ts";
import type { VectorStore } from "../ports/store.ts";
import type { LogReading } from "../ports/write-log.ts";

export interface LostExporterDeps {
  readonly region: string;
  readonly store: VectorStore;
  readonly placements: Placements;
  readonly blobs: BlobStore;
  readonly entries: LostEntries;
  /** Hears of what was kept: an alarm. */
  readonly onKept: (kept: {
    readonly collection: string;
    /** Entries behind this position are lost. */
    readonly after: number;
    readonly held: number;
    readonly documents: number;
    readonly path: string;
  }) => void;
}

const PAGE_DOCUMENTS = 200;

/**
 * Keeps the documents that a region holds as entries wrote them which the log has lost, as lines that can be written again. What such
 * entries deleted, or wrote twice, can't be told from rows: of each document the newest state is kept.
 */
export class LostExporter {
  readonly #deps: LostExporterDeps;

  constructor(deps: LostExporterDeps) {
    this.#deps = deps;
  }

  /** Once for each loss, also where it is called again. @param held which the log, ending as in `end`, has lost */
  async keep(
    record: CollectionRecord,
    held: Point,
    end: Pick<LogReading, "head" | "terms">,
    signal: AbortSignal,
  ): Promise<void> {
    const { region, entries, placements, onKept } = this.#deps;
    const after = lastInCommon(held, end);
    const name = `${record.name}-${record.incarnation}-${held.chain.slice(0, 8)}-${region}`;
    const data = await placements.read(record, signal);
    const kept = await entries.keep(name, this.#lines(data, after, signal), signal);
    if (kept === null) return;
    const { path, lines } = kept;
    onKept({ collection: record.name, after, held: held.position, documents: lines, path });
  }

  async *#lines(held: Held, after: number, signal: AbortSignal): AsyncGenerator<string> {
    const { store } = this.#deps;
    const { layout, checkpoint } = held;
    if (checkpoint === null) return;
    const view = await store.openView(layout, checkpoint, signal);
    for (const shard of allShards(layout))
      for (let next: string | null = null, more = true; more;) {
        const page = await readPage(view, shard, next, PAGE_DOCUMENTS, signal);
        for (const document of page.documents)
          if (document.position > after)
            yield JSON.stringify(await this.#again(held, document, signal));
        next = page.next;
        more = next !== null;
      }
  }

  /** As a caller would write it; vectors only of spaces that no model fills. */
  async #again(
    { collection }: Held,
    { id, rows }: StoredDocument,
    signal: AbortSignal,
  ): Promise<DocumentInput> {
    const first = rows[0]?.body ?? {};
    const { title, document: text, metadata, media } = first;
    const own = Object.entries(collection.spaces).flatMap(([space, { model }]) => {
      const vector = model === "none" ? rows[0]?.row.vectors[space] : null;
      return vector === null || vector === undefined
        ? []
        : [[space, encodeVector(vector)] as const];
    });
    const picture =
      media === undefined
        ? null
        : await this.#deps.blobs.get(blobName(collection.tenant, media.hash, "original"), signal);
    return {
      id,
      ...(title === undefined ? {} : { title }),
      ...(text === undefined ? {} : { text }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(own.length === 0 ? {} : { vectors: Object.fromEntries(own) }),
      ...(picture === null ? {} : { image: { base64: toBase64(picture.bytes) } }),
    };
  }
}
