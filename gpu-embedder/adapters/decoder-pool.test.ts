import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { DecoderPool } from "./decoder-pool.ts";

const PICTURE = new URL(
  "../../test/twin/demo/pictures/photo-bridge-by-sander-klootwijk.webp",
  import.meta.url,
);
const KILLER = new TextEncoder().encode("kill the decoder");
const SLEEPER = new TextEncoder().encode("never answer");

let folder: string;
let childEntry: string;
let good: Uint8Array;
const pools: DecoderPool[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nearfield-decoder-"));
  childEntry = join(folder, "decoder.mjs");
  good = await readFile(PICTURE);
  // The real decoder, but two of its inputs do what a bug in native code would do.
  await writeFile(
    childEntry,
    `process.prependListener("message", ({ bytes }) => {
       const text = Buffer.from(bytes).toString("latin1");
       if (text === "kill the decoder") process.kill(process.pid, "SIGSEGV");
       if (text === "never answer") for (;;);
     });
     await import(${JSON.stringify(new URL("./decoder-child.ts", import.meta.url).href)});`,
  );
});

afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});
afterAll(() => rm(folder, { recursive: true }));

function makePool(options: ConstructorParameters<typeof DecoderPool>[0]) {
  const pool = new DecoderPool(options);
  pools.push(pool);
  return (bytes: Uint8Array, signal = new AbortController().signal) =>
    pool.decode({ bytes, side: 224, thumbnailSideMax: 320 }, signal);
}

test("a picture is decoded in a process of its own", async () => {
  const decode = makePool({ size: 2 });
  const outcomes = await Promise.all([decode(good), decode(good), decode(good)]);
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ kind: "picture", type: "image/webp" });
});

test("a picture that kills its decoder is refused alone; the others of its batch are decoded", async () => {
  const decode = makePool({ size: 2, childEntry });
  const outcomes = await Promise.all([decode(good), decode(KILLER), decode(good), decode(good)]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["picture", "rejected", "picture", "picture"]);
  expect(outcomes[1]).toMatchObject({ code: "media-rejected" });
});

test("a picture that takes too long is refused, and its decoder replaced", async () => {
  const decode = makePool({ size: 1, childEntry, decodeMsMax: 300 });
  expect(await decode(SLEEPER)).toMatchObject({ kind: "rejected", code: "media-rejected" });
  expect(await decode(good)).toMatchObject({ kind: "picture" });
});

test("a picture whose caller left before its turn is not decoded", async () => {
  const decode = makePool({ size: 1 });
  const caller = new AbortController();
  const first = decode(good);
  const second = decode(good, caller.signal);
  caller.abort(new Error("left"));
  await expect(second).rejects.toThrow("left");
  expect(await first).toMatchObject({ kind: "picture" });
});

test("a decoder that can't start is the service's failure, not the picture's", async () => {
  const decode = makePool({ size: 1, childEntry: join(folder, "missing.mjs") });
  await expect(decode(good)).rejects.toThrow("did not start");
});
