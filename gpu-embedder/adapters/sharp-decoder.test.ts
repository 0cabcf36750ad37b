import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import { decodeWithSharp, restrictSharp } from "./sharp-decoder.ts";

const SIDE = 224;

const left = { r: 200, g: 30, b: 30 };
const right = { r: 20, g: 40, b: 180 };

/** 40 x 20: left half red, right half blue. Made before sharp is restricted to decoding. */
function twoColours() {
  return sharp({ create: { width: 40, height: 20, channels: 3, background: right } }).composite([
    {
      input: { create: { width: 20, height: 20, channels: 3, background: left } },
      left: 0,
      top: 0,
    },
  ]);
}

const files: Record<string, Buffer> = {};

beforeAll(async () => {
  files["jpeg"] = await twoColours().jpeg({ quality: 95 }).toBuffer();
  files["png"] = await twoColours().png().toBuffer();
  files["webp"] = await twoColours().webp({ lossless: true }).toBuffer();
  files["gif"] = await twoColours().gif().toBuffer();
  files["avif"] = await twoColours().avif({ quality: 90 }).toBuffer();
  files["turned"] = await twoColours().withMetadata({ orientation: 6 }).jpeg().toBuffer();
  files["described"] = await twoColours()
    .withExif({ IFD0: { ImageDescription: "secret place" } })
    .jpeg()
    .toBuffer();
  files["grey"] = await sharp(files["png"]).toColourspace("b-w").png().toBuffer();
  files["deep"] = await twoColours().toColourspace("rgb16").png().toBuffer();
  files["cmyk"] = await twoColours().toColourspace("cmyk").jpeg().toBuffer();
  files["clear"] = await sharp({
    create: { width: 30, height: 30, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
  })
    .png()
    .toBuffer();
  files["large"] = await sharp({
    create: { width: 9_000, height: 6_000, channels: 3, background: left },
  })
    .png()
    .toBuffer();
  // One tall strip, cut into 65 frames of 2 x 2; noise, since equal frames would be merged.
  files["frames"] = await sharp(
    Buffer.from(Array.from({ length: 2 * 130 * 3 }, (_, i) => (i * 89) % 256)),
    {
      raw: { width: 2, height: 130, channels: 3, pageHeight: 2 },
    },
  )
    .gif()
    .toBuffer();
  files["tiff"] = await twoColours().tiff().toBuffer();
  files["svg"] = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  files["pdf"] = Buffer.from("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n");
  files["empty"] = Buffer.alloc(0);
  restrictSharp();
});

function decode(name: string, thumbnailSideMax: number | null = null) {
  return decodeWithSharp({ bytes: files[name] ?? Buffer.alloc(0), side: SIDE, thumbnailSideMax });
}

/** Mean colour of a pixel of the decoded square. */
function pixelAt(pixels: Uint8Array, x: number, y: number) {
  const at = (y * SIDE + x) * 3;
  return [...pixels.subarray(at, at + 3)];
}

function expectNear(colour: readonly number[], wanted: { r: number; g: number; b: number }) {
  for (const [index, value] of [wanted.r, wanted.g, wanted.b].entries())
    expect(Math.abs((colour[index] ?? -99) - value)).toBeLessThanOrEqual(12);
}

test.each(["jpeg", "png", "webp", "gif", "avif"])(
  "%s is told from its content, and stands whole and centred on white",
  async (name) => {
    const picture = await decode(name);
    if (picture.kind !== "picture") throw new Error(picture.message);
    expect(picture).toMatchObject({ type: `image/${name}`, width: 40, height: 20 });
    expect(picture.pixels).toHaveLength(SIDE * SIDE * 3);
    expect(pixelAt(picture.pixels, 112, 10)).toEqual([255, 255, 255]);
    expectNear(pixelAt(picture.pixels, 40, 112), left);
    expectNear(pixelAt(picture.pixels, 180, 112), right);
  },
);

test("the stored orientation is applied: to the pixels and to the size", async () => {
  const picture = await decode("turned", 10);
  if (picture.kind !== "picture") throw new Error(picture.message);
  expect(picture).toMatchObject({ width: 20, height: 40 });
  expectNear(pixelAt(picture.pixels, 112, 40), left);
  expectNear(pixelAt(picture.pixels, 112, 180), right);
  expect(await sharp(picture.thumbnail ?? undefined).metadata()).toMatchObject({
    format: "webp",
    width: 5,
    height: 10,
  });
});

test("a thumbnail keeps no metadata and is never larger than its picture", async () => {
  const picture = await decode("described", 320);
  if (picture.kind !== "picture") throw new Error(picture.message);
  const bytes = Buffer.from(picture.thumbnail ?? []);
  expect(bytes.includes("secret place")).toBe(false);
  expect(await sharp(bytes).metadata()).toMatchObject({ width: 40, height: 20 });
});

test("transparent is white", async () => {
  const picture = await decode("clear");
  if (picture.kind !== "picture") throw new Error(picture.message);
  expect(picture.pixels.every((value) => value === 255)).toBe(true);
});

test.each(["grey", "deep", "cmyk"])("%s pictures become 8-bit RGB", async (name) => {
  const picture = await decode(name);
  if (picture.kind !== "picture") throw new Error(picture.message);
  expect(picture.pixels).toHaveLength(SIDE * SIDE * 3);
  const [r = 0, , b = 0] = pixelAt(picture.pixels, 40, 112);
  if (name === "grey") expect(r).toBe(b);
  else expect(r).toBeGreaterThan(b);
});

test.each(["svg", "pdf", "tiff"])("%s is not a supported media type", async (name) => {
  expect(await decode(name)).toMatchObject({ kind: "rejected", code: "unsupported-media-type" });
});

test("an empty file is refused", async () => {
  expect(await decode("empty")).toMatchObject({ kind: "rejected", code: "media-rejected" });
});

test("too many pixels or frames are refused from the header", async () => {
  expect(await decode("large")).toMatchObject({ code: "media-rejected", message: /pixels/ });
  expect(await decode("frames")).toMatchObject({ code: "media-rejected", message: /frames/ });
});

test.each(["jpeg", "png", "webp", "gif", "avif"])(
  "a %s cut at each tenth is refused, never half decoded",
  async (name) => {
    const whole = files[name] ?? Buffer.alloc(0);
    for (let tenth = 1; tenth < 10; tenth++) {
      const bytes = whole.subarray(0, Math.floor((whole.length * tenth) / 10));
      const outcome = await decodeWithSharp({ bytes, side: SIDE, thumbnailSideMax: null });
      expect([tenth, outcome.kind]).toEqual([tenth, "rejected"]);
    }
  },
);
