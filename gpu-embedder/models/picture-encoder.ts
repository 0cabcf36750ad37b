import { assert } from "../../shared/std/assert.ts";
import type { Session } from "../ports/session.ts";
import { splitRows } from "./split-rows.ts";

/** Side in pixels of the square that EfficientNet-Lite0 reads. */
export const PICTURE_SIDE = 224;

/** In the text model's space and of unit length. */
const OUTPUT = "image_embeds";

/** (x - 127) / 128 for x in 0..255. @see preprocessor_config.json beside the weights, which says it in units of 255 */
const MEAN = 127;
const DEVIATION = 128;

const PLANE = PICTURE_SIDE * PICTURE_SIDE;

/**
 * Unit vectors of pictures, in order.
 *
 * @param batch 224 x 224 RGB bytes each, pixel by pixel, as a picture decoder gives them; not empty
 */
export async function encodePictures(
  session: Session,
  batch: readonly Uint8Array[],
  dimension: number,
): Promise<Float32Array[]> {
  const data = new Float32Array(batch.length * 3 * PLANE);
  for (const [row, pixels] of batch.entries()) {
    assert(pixels.length === 3 * PLANE, "a decoded picture is 224 x 224 RGB");
    for (let channel = 0; channel < 3; channel++) {
      const start = (row * 3 + channel) * PLANE; // The model wants colour planes, not pixels.
      for (let i = 0; i < PLANE; i++)
        data[start + i] = ((pixels[i * 3 + channel] ?? 0) - MEAN) / DEVIATION;
    }
  }
  const shape = [batch.length, 3, PICTURE_SIDE, PICTURE_SIDE];
  return splitRows(
    await session.run({ pixel_values: { type: "float32", data, shape } }, OUTPUT),
    batch.length,
    dimension,
  );
}
