import type { LocationCache, Picture } from "../ports/location-cache.ts";

/** A host of our own: no path of a request is ever a cache key. */
const KEY_ORIGIN = "https://cache.nearfield.internal/";
/** Pictures are named by their content: they never change. */
const PICTURE_S = 86_400;

/** Cloudflare's Cache API. */
export class CacheApi implements LocationCache {
  async get(key: string): Promise<string | null> {
    const found = await caches.default.match(`${KEY_ORIGIN}${key}`);
    return found === undefined ? null : found.text();
  }

  async put(key: string, text: string, maxAgeS: number): Promise<void> {
    const headers = { "content-type": "application/json", "cache-control": `max-age=${maxAgeS}` };
    await caches.default.put(`${KEY_ORIGIN}${key}`, new Response(text, { headers }));
  }

  async picture(name: string): Promise<Picture | null> {
    const found = await caches.default.match(`${KEY_ORIGIN}picture/${name}`);
    if (found === undefined) return null;
    return {
      bytes: new Uint8Array(await found.arrayBuffer()),
      type: found.headers.get("content-type") ?? "",
    };
  }

  async keepPicture(name: string, { bytes, type }: Picture): Promise<void> {
    const headers = { "content-type": type, "cache-control": `max-age=${PICTURE_S}` };
    await caches.default.put(`${KEY_ORIGIN}picture/${name}`, new Response(bytes, { headers }));
  }
}
