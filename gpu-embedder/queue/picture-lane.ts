import pLimit, { type LimitFunction } from "p-limit";
import { EMBEDDER_LIMITS } from "../../shared/contracts/embedder.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { abortable } from "../../shared/std/abortable.ts";
import { required } from "../../shared/std/assert.ts";
import { QUEUE_LIMITS } from "../limits.ts";
import type { ModelInfo } from "../models/model-info.ts";
import { PICTURE_SIDE } from "../models/picture-encoder.ts";
import type { DecodedPicture, PictureDecoder, RejectedPicture } from "../ports/picture-decoder.ts";
import type { BatchQueue } from "./batch-queue.ts";
import type { Deadline } from "./deadline.ts";

export interface PictureLaneDeps {
  readonly info: ModelInfo;
  readonly decoder: PictureDecoder;
  readonly queue: BatchQueue<Uint8Array, Float32Array>;
}

/** A picture with its unit vector, or why it has none. */
export type PictureOutcome =
  | { readonly picture: Omit<DecodedPicture, "pixels">; readonly vector: Float32Array }
  | RejectedPicture;

/** The way of pictures to their vectors: decoding, then the model; bounded over both. */
export class PictureLane {
  readonly info: ModelInfo;
  private readonly deps: PictureLaneDeps;
  private inside = 0;

  constructor(deps: PictureLaneDeps) {
    this.info = deps.info;
    this.deps = deps;
  }

  /** One outcome per file, in order. A bad file fails alone; a passed deadline or a full lane fails the call. */
  async embed(
    files: readonly Uint8Array[],
    options: { thumbnails: boolean },
    deadline: Deadline,
  ): Promise<PictureOutcome[]> {
    if (this.inside + files.length > QUEUE_LIMITS.picturesWaitingMax) {
      throw new Problem("overloaded", "Repeat later, or ask another region's embedder.");
    }
    this.inside += files.length;
    try {
      const limit = pLimit(QUEUE_LIMITS.picturesDecodingPerCallMax);
      const work = Promise.all(
        files.map((file) => this.embedOne(file, options.thumbnails, limit, deadline)),
      );
      return await abortable(work, deadline.signal);
    } finally {
      this.inside -= files.length;
    }
  }

  private async embedOne(
    bytes: Uint8Array,
    thumbnail: boolean,
    limit: LimitFunction,
    deadline: Deadline,
  ): Promise<PictureOutcome> {
    if (bytes.length > EMBEDDER_LIMITS.pictureBytesMax) {
      return {
        kind: "rejected",
        code: "limit-exceeded",
        message: `A picture has at most ${EMBEDDER_LIMITS.pictureBytesMax} bytes.`,
      };
    }
    const thumbnailSideMax = thumbnail ? EMBEDDER_LIMITS.thumbnailSideMax : null;
    const request = { bytes, side: PICTURE_SIDE, thumbnailSideMax };
    const decoded = await limit(() => this.deps.decoder.decode(request, deadline.signal));
    if (decoded.kind === "rejected") return decoded;
    const { pixels, ...picture } = decoded;
    const [vector] = await this.deps.queue.submit([{ input: pixels, tokens: 1 }], deadline);
    return { picture, vector: required(vector, "one picture gives one vector") };
  }
}
