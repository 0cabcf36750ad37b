import type { LocationCache } from "../ports/location-cache.ts";

/** A host of our own: no path of a request is ever a cache key. */
const KEY_ORIGIN = "https://cache.nearfield.internal/";

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
}
