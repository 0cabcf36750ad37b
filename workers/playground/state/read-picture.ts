import { toBase64 } from "../../../shared/std/bytes.ts";
import type { Picture } from "./draft.ts";

/** The models look at far less; what is larger is made smaller here, so that a query stays quick to send. */
const SIDE_MAX = 768;
const BYTES_AS_GIVEN_MAX = 300 * 1024;
const FILE_BYTES_MAX = 50 * 1024 * 1024;
const QUALITY = 0.9;
/** What the regions' decoder takes as it is. */
const SENT_TYPES: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/webp"]);

/** The file as a query part; null if it is not a picture that this browser can read. */
export async function readPicture(file: File): Promise<Picture | null> {
  if (file.size > FILE_BYTES_MAX) return null;
  const bitmap = await createImageBitmap(file).catch(() => null); // Whatever the browser can't decode is no picture here.
  if (bitmap === null) return null;
  const { width, height } = bitmap;
  const scale = Math.min(1, SIDE_MAX / Math.max(width, height));
  const asGiven = scale === 1 && file.size <= BYTES_AS_GIVEN_MAX && SENT_TYPES.has(file.type);
  const blob = asGiven
    ? file
    : await redraw(
        bitmap,
        Math.max(1, Math.round(width * scale)),
        Math.max(1, Math.round(height * scale)),
      );
  bitmap.close();
  if (blob === null) return null;
  return {
    name: file.name || "pasted",
    type: blob.type,
    base64: toBase64(new Uint8Array(await blob.arrayBuffer())),
  };
}

async function redraw(bitmap: ImageBitmap, width: number, height: number): Promise<Blob | null> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) return null;
  context.fillStyle = "#fff"; // Under what is transparent, as the models' own preprocessing has it.
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}
