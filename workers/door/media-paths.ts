import type { Media, StoredMedia } from "../../shared/contracts/document.ts";
import type { RegionHit } from "../../shared/contracts/region-event.ts";
import type { Hit } from "../../shared/contracts/retrieve.ts";
import { equalInConstantTime, hmacHex } from "../../shared/std/bytes.ts";

/** A path is good for one to two of these; paths made within one are equal, so browsers and caches keep what they name. */
const PATH_MS = 24 * 3_600_000;

export interface MediaPath {
  readonly tenant: string;
  readonly hash: string;
  readonly rendition: "original" | "thumbnail";
}

/** Signed, expiring paths of pictures: a browser fetches them without a key, and nobody can make one for another tenant. */
export class MediaPaths {
  readonly #secret: string;
  readonly #nowMs: () => number;

  constructor(secret: string, nowMs: () => number) {
    this.#secret = secret;
    this.#nowMs = nowMs;
  }

  sign(tenant: string, media: StoredMedia): Media {
    return {
      ...media,
      url: this.#path({ tenant, hash: media.hash, rendition: "original" }),
      thumbnailUrl: this.#path({ tenant, hash: media.hash, rendition: "thumbnail" }),
    };
  }

  signHit(tenant: string, hit: RegionHit): Hit {
    const { media, ...rest } = hit;
    return media === undefined ? rest : { ...rest, media: this.sign(tenant, media) };
  }

  /** The picture that a path names, or null if it is not one of ours, or has expired. */
  verify(hash: string, query: URLSearchParams): MediaPath | null {
    const [tenant, rendition, expires, signature] = [
      "tenant",
      "rendition",
      "expires",
      "signature",
    ].map((name) => query.get(name) ?? "");
    if (
      tenant === undefined ||
      expires === undefined ||
      signature === undefined ||
      !/^[0-9a-f]{64}$/.test(hash)
    )
      return null;
    if (rendition !== "original" && rendition !== "thumbnail") return null;
    const path: MediaPath = { tenant, hash, rendition };
    if (!/^\d{13}$/.test(expires) || Number(expires) < this.#nowMs()) return null;
    return equalInConstantTime(signature, this.#signature(path, Number(expires))) ? path : null;
  }

  #path(path: MediaPath): string {
    const expires = (Math.floor(this.#nowMs() / PATH_MS) + 2) * PATH_MS;
    const { tenant, hash, rendition } = path;
    const query = new URLSearchParams({
      tenant,
      rendition,
      expires: String(expires),
      signature: this.#signature(path, expires),
    });
    return `/v1/media/${hash}?${query.toString()}`;
  }

  #signature({ tenant, hash, rendition }: MediaPath, expires: number): string {
    return hmacHex(this.#secret, JSON.stringify(["media", tenant, hash, rendition, expires])).slice(
      0,
      32,
    );
  }
}
