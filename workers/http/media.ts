import { Problem } from "../../shared/contracts/problems.ts";
import type { SearchResult } from "../../shared/contracts/region-event.ts";
import { fromBase64 } from "../../shared/std/bytes.ts";
import type { Edge } from "../edge.ts";
import { callRegions } from "../routing/call-regions.ts";
import { deferrer, envelope, type EdgeContext } from "./request.ts";

const READ_MS = 5_000;

/** GET /v1/media/{hash}: a picture by its signed path. By content hash it never changes, so the location keeps it. */
export async function mediaRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const path = edge.mediaPaths.verify(
    context.req.param("hash") ?? "",
    new URL(context.req.url).searchParams,
  );
  if (path === null)
    throw new Problem("not-found", "There is no such picture, or the path has expired.");
  const name = `https://media.nearfield.internal/${encodeURIComponent(path.tenant)}/${path.hash}/${path.rendition}`;
  const kept = await caches.default.match(name);
  if (kept !== undefined)
    return new Response(kept.body, {
      headers: mediaHeaders(kept.headers.get("content-type") ?? ""),
    });
  const caller = { tenant: path.tenant, keyId: "media-path", scopes: ["read" as const] };
  const result = await callRegions<Exclude<SearchResult, { kind: "problem" }>>(
    edge.router,
    READ_MS,
    (functions, attemptMs, signal) => {
      const { hash, rendition } = path;
      return functions.search(
        { op: "media", ...envelope(edge, context, caller, attemptMs), hash, rendition },
        signal,
      );
    },
    () => 0,
  );
  const bytes = result.kind === "media" ? fromBase64(result.base64) : null;
  if (result.kind !== "media" || bytes === null)
    throw new Error(`a region answered a picture with ${result.kind}`);
  const stored = new Response(bytes, {
    headers: { "content-type": result.type, "cache-control": "public, max-age=86400, immutable" },
  });
  deferrer(context)(caches.default.put(name, stored));
  return new Response(bytes, { headers: mediaHeaders(result.type) });
}

/** What was uploaded is shown as a picture, and as nothing else. */
function mediaHeaders(type: string): Record<string, string> {
  return {
    "content-type": type,
    "cache-control": "private, max-age=86400, immutable",
    "content-disposition": "attachment",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-site",
    "x-content-type-options": "nosniff",
  };
}
