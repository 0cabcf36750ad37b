import sharp, { type Metadata } from "sharp";
import { EMBEDDER_LIMITS, type EmbeddedPicture } from "../../shared/contracts/embedder.ts";
import type { DecodedPicture, DecodeRequest, RejectedPicture } from "../ports/picture-decoder.ts";

const WHITE = "#ffffff";

const THUMBNAIL_QUALITY = 80;

/** Loaders of the five allowed formats; every other one (SVG, PDF, TIFF, ...) is switched off inside libvips. */
const LOADERS = [
  "VipsForeignLoadJpegBuffer",
  "VipsForeignLoadPngBuffer",
  "VipsForeignLoadWebpBuffer",
  "VipsForeignLoadNsgifBuffer",
  "VipsForeignLoadHeifBuffer",
];

/** To be called once, before the first picture. */
export function restrictSharp(): void {
  sharp.cache(false);
  sharp.concurrency(1); // Pictures run side by side in several decoders, not one picture on several threads.
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: LOADERS });
}

/** Decodes one picture in this process. Everything that can be told from the header is told before a pixel is decoded. */
export async function decodeWithSharp(
  request: DecodeRequest,
): Promise<DecodedPicture | RejectedPicture> {
  const { bytes, side, thumbnailSideMax } = request;
  let metadata: Metadata;
  try {
    metadata = await open(bytes).metadata();
  } catch (error) {
    const message = messageOf(error);
    return message.includes("unsupported image format")
      ? unsupported()
      : rejected("media-rejected", message);
  }
  const type = pictureType(metadata);
  if (type === null) return unsupported();
  const { width, height } = metadata.autoOrient;
  if (width * height > EMBEDDER_LIMITS.picturePixelsMax) {
    return rejected(
      "media-rejected",
      `A picture has at most ${EMBEDDER_LIMITS.picturePixelsMax} pixels.`,
    );
  }
  if ((metadata.pages ?? 1) > EMBEDDER_LIMITS.pictureFramesMax) {
    return rejected(
      "media-rejected",
      `A picture has at most ${EMBEDDER_LIMITS.pictureFramesMax} frames.`,
    );
  }
  try {
    const pixels = await open(bytes)
      .autoOrient()
      .flatten({ background: WHITE })
      .resize(side, side, { fit: "contain", background: WHITE, kernel: "cubic" })
      .removeAlpha()
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer();
    const thumbnail =
      thumbnailSideMax === null ? null : await makeThumbnail(bytes, thumbnailSideMax);
    return { kind: "picture", pixels, type, width, height, thumbnail };
  } catch (error) {
    return rejected("media-rejected", messageOf(error));
  }
}

/** Always the first frame; a file that ends early is an error instead of a half grey picture. */
function open(bytes: Uint8Array) {
  return sharp(bytes, {
    failOn: "error",
    limitInputPixels: EMBEDDER_LIMITS.picturePixelsMax,
    sequentialRead: true,
    pages: 1,
  });
}

function makeThumbnail(bytes: Uint8Array, sideMax: number): Promise<Uint8Array> {
  return open(bytes)
    .autoOrient()
    .resize(sideMax, sideMax, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: THUMBNAIL_QUALITY })
    .toBuffer();
}

function pictureType(metadata: Metadata): EmbeddedPicture["type"] | null {
  switch (metadata.format) {
    case "jpeg":
    case "png":
    case "webp":
    case "gif":
      return `image/${metadata.format}`;
    case "heif":
      return metadata.compression === "av1" ? "image/avif" : null; // The other is HEVC, which is patented and not built in.
    default:
      return null;
  }
}

function unsupported(): RejectedPicture {
  return rejected(
    "unsupported-media-type",
    "A picture is JPEG, PNG, WebP, GIF or AVIF, whatever its name says.",
  );
}

function rejected(code: RejectedPicture["code"], message: string): RejectedPicture {
  return { kind: "rejected", code, message };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
