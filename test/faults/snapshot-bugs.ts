import type { BlobStore } from "../../lambdas/ports/blobs.ts";
import type { LogUpkeep } from "../../lambdas/ports/log-upkeep.ts";
import type { StoreLayout, VectorStore } from "../../lambdas/ports/store.ts";
import type { LoggedEntry, WriteLog } from "../../lambdas/ports/write-log.ts";
import { nextChain, type Point } from "../../shared/domain/point.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";
import { canonicalJson } from "../../shared/std/canonical-json.ts";

/** Rules of snapshots and resyncs as a careless engineer would build them. */

/** `gap-skipped`: where an entry is missing, the log is followed as if one that changes nothing stood there. */
export function skippingGaps(log: WriteLog): WriteLog {
  const chains = new Map<number, string>();
  const json = JSON.stringify({ v: 1, kind: "delete", id: "nothing of that name", createdBy: "x" });
  return {
    ...delegated(log),
    pull: async (record, from, signal) => {
      const page = await log.pull(record, from, signal);
      const filled: LoggedEntry[] = [];
      let before = chains.get(from - 1) ?? null;
      for (const entry of page.entries) {
        const last = filled.at(-1)?.position ?? from - 1;
        for (let position = last + 1; position < entry.position; position++) {
          const digest = sha256Hex(json);
          const bridged = before ?? (await chainAt(log, record, position - 1, signal));
          before = nextChain(bridged, digest);
          chains.set(position, before);
          filled.push({ ...entry, position, json, digest, chain: before });
        }
        const chain: string = before === null ? entry.chain : nextChain(before, entry.digest);
        if (before !== null) chains.set(entry.position, chain);
        before = before === null ? null : chain;
        filled.push({ ...entry, chain });
      }
      const chain = chains.get(page.head.position) ?? page.head.chain;
      return { ...page, entries: filled, head: { ...page.head, chain } };
    },
  };
}

async function chainAt(
  log: WriteLog,
  record: Parameters<WriteLog["pull"]>[0],
  position: number,
  signal: AbortSignal,
): Promise<string> {
  const [entry] = (await log.pull(record, position, signal)).entries;
  return entry?.chain ?? "";
}

/** `snapshot-trims-too-far`: up to the log's end, whatever snapshots there are and whoever still needs it. */
export function trimmingAll(upkeep: LogUpkeep): LogUpkeep {
  return {
    tail: (...given) => upkeep.tail(...given),
    namedSegments: (...given) => upkeep.namedSegments(...given),
    report: (...given) => upkeep.report(...given),
    reports: (...given) => upkeep.reports(...given),
    trim: async (incarnation, _, __, signal) =>
      upkeep.trim(incarnation, (await upkeep.tail(incarnation, signal)).head, 0, signal),
  };
}

/** `delete-back-after-resync`: the old checkpoint's point beside a snapshot's rows. */
export function keepingOldPoint(blobs: BlobStore, old: Point): BlobStore {
  let sha256 = "";
  return {
    put: (...given) => blobs.put(...given),
    list: (...given) => blobs.list(...given),
    remove: (...given) => blobs.remove(...given),
    get: async (name, signal) => {
      const blob = await blobs.get(name, signal);
      if (blob === null || name.includes("/part-")) return blob;
      const json = JSON.parse(new TextDecoder().decode(blob.bytes));
      if (name.endsWith("/manifest")) {
        json.manifest.state.point = old;
        json.sha256 = sha256 = sha256Hex(canonicalJson(json.manifest));
      } else json.manifest = sha256;
      return { ...blob, bytes: new TextEncoder().encode(JSON.stringify(json)) };
    },
  };
}

/** `resync-in-place`: a snapshot's rows are written to the tables that are there. */
export function inPlace(store: VectorStore): VectorStore {
  const first = (layout: StoreLayout) => ({ ...layout, key: layout.key.replace(/_f\d+$/, "") });
  return {
    ...delegatedStore(store),
    prepare: (layout, ...given) => store.prepare(first(layout), ...given),
    apply: (layout, ...given) => store.apply(first(layout), ...given),
    maintain: (layout, ...given) => store.maintain(first(layout), ...given),
    openView: (layout, ...given) => store.openView(first(layout), ...given),
  };
}

function delegated(log: WriteLog): WriteLog {
  return {
    register: (...given) => log.register(...given),
    collections: (...given) => log.collections(...given),
    collection: (...given) => log.collection(...given),
    addShardMap: (...given) => log.addShardMap(...given),
    append: (...given) => log.append(...given),
    taken: (...given) => log.taken(...given),
    pull: (...given) => log.pull(...given),
    confirm: (...given) => log.confirm(...given),
    dirty: (...given) => log.dirty(...given),
  };
}

function delegatedStore(store: VectorStore): VectorStore {
  return {
    traits: store.traits,
    prepare: (...given) => store.prepare(...given),
    apply: (...given) => store.apply(...given),
    maintain: (...given) => store.maintain(...given),
    openView: (...given) => store.openView(...given),
    readCheckpoint: (...given) => store.readCheckpoint(...given),
    writeCheckpoint: (...given) => store.writeCheckpoint(...given),
    retire: (...given) => store.retire(...given),
    drop: (...given) => store.drop(...given),
    close: () => store.close(),
  };
}
