import type { EmbedError, EmbeddedPicture } from "../../shared/contracts/embedder.ts";

export interface DecodeRequest {
  /** The file as it was sent; its type is told from its content alone. */
  readonly bytes: Uint8Array;
  /** Side of the square that the model wants, in pixels. */
  readonly side: number;
  /** Longest side of the thumbnail in pixels, or null for none. */
  readonly thumbnailSideMax: number | null;
}

export interface DecodedPicture {
  readonly kind: "picture";
  /** side x side x 3 bytes, RGB, rows from the top: the first frame, upright, whole, centred on white. */
  readonly pixels: Uint8Array;
  readonly type: EmbeddedPicture["type"];
  /** As it is seen: its stored orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** WebP without metadata. */
  readonly thumbnail: Uint8Array | null;
}

export interface RejectedPicture {
  readonly kind: "rejected";
  readonly code: EmbedError["code"];
  readonly message: string;
}

export interface PictureDecoder {
  /**
   * Size, frames and format are checked from the header before anything is decoded.
   * A picture that can't be decoded, or that kills its decoder, is `rejected`, and touches no other picture.
   * Throws only if the decoder itself can't be had, or with the signal's reason.
   */
  decode(request: DecodeRequest, signal: AbortSignal): Promise<DecodedPicture | RejectedPicture>;
}
