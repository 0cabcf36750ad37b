import { expect, test } from "vitest";
import type { BlobStore } from "../../lambdas/ports/blobs.ts";

const signal = () => AbortSignal.timeout(20_000);
const TYPE = "application/x-ndjson";

/** The contract of a blob store. @param open a new one, or one that others use too */
export function describeBlobs(open: () => BlobStore): void {
  test("what was put is got, with its type, byte for byte; what was not is null", async () => {
    const blobs = open();
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (const name of [
      "t/media/ab",
      "snapshots/t/i/s/part-00000",
      "segments/i/1-ab",
      "ø \u{1F426}/media/x",
    ]) {
      await blobs.put(name, bytes, TYPE, signal());
      const found = await blobs.get(name, signal());
      expect([found?.type, found === null ? null : [...found.bytes]]).toEqual([TYPE, [...bytes]]);
    }
    await blobs.put("t/media/empty", new Uint8Array(), TYPE, signal());
    expect((await blobs.get("t/media/empty", signal()))?.bytes).toHaveLength(0);
    expect(await blobs.get("t/media/never", signal())).toBeNull();
    expect(await blobs.get("snapshots/t/never", signal())).toBeNull();
  });

  test("a name is put again and removed; removed twice is harmless", async () => {
    const blobs = open();
    const name = "snapshots/t/i/again/manifest";
    for (const byte of [1, 2]) await blobs.put(name, Uint8Array.of(byte), TYPE, signal());
    expect([...((await blobs.get(name, signal()))?.bytes ?? [])]).toEqual([2]);
    await blobs.remove(name, signal());
    await blobs.remove(name, signal());
    expect(await blobs.get(name, signal())).toBeNull();
    expect(await blobs.list("snapshots/t/i/again/", 10, signal())).toEqual([]);
  });

  test("names below snapshots/ and segments/ are listed by what they begin with, as many as are asked for", async () => {
    const blobs = open();
    const names = Array.from({ length: 5 }, (_, i) => `snapshots/listed/a/s/part-${i}`);
    for (const name of [...names, "snapshots/listed/ab/s/manifest"])
      await blobs.put(name, Uint8Array.of(1), TYPE, signal());
    const found = await blobs.list("snapshots/listed/a/", 10, signal());
    expect(found.toSorted()).toEqual(names);
    expect(await blobs.list("snapshots/listed/", 4, signal())).toHaveLength(4);
    expect(await blobs.list("snapshots/nobody/", 4, signal())).toEqual([]);
    await blobs.put("segments/listed/1-a", Uint8Array.of(1), TYPE, signal());
    expect(await blobs.list("segments/listed/", 4, signal())).toEqual(["segments/listed/1-a"]);
  });
}
