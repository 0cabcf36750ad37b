import { isProblem, Problem } from "../../shared/contracts/problems.ts";
import type { SearchResult } from "../../shared/contracts/region-event.ts";
import { fromBase64 } from "../../shared/std/bytes.ts";
import type { MediaPath } from "../door/media-paths.ts";
import type { Edge } from "../edge.ts";
import type { Picture } from "../ports/location-cache.ts";
import type { RegionFunctions } from "../ports/region-functions.ts";
import { callRegions, type Attempt } from "../routing/call-regions.ts";
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
  const name = `${encodeURIComponent(path.tenant)}/${path.hash}/${path.rendition}`;
  const kept = await edge.location.picture(name);
  if (kept !== null) return new Response(kept.bytes, { headers: mediaHeaders(kept.type) });
  const picture = await fetchPicture(edge, context, path);
  deferrer(context)(edge.location.keepPicture(name, picture));
  return new Response(picture.bytes, { headers: mediaHeaders(picture.type) });
}

/** From the nearest region, or, where regions have blob stores of their own, from the primary, which took the picture. */
async function fetchPicture(edge: Edge, context: EdgeContext, path: MediaPath): Promise<Picture> {
  const caller = { tenant: path.tenant, keyId: "media-path", scopes: ["read" as const] };
  const { hash, rendition } = path;
  const ask = (functions: RegionFunctions, { regionMs, signal }: Attempt) =>
    functions.search(
      { op: "media", ...envelope(edge, context, caller, regionMs), hash, rendition },
      signal,
    );
  const fromPrimary = async (error: unknown) => {
    const primary = edge.router.functions.get(edge.primary);
    if (!isProblem(error, "not-found") || primary === undefined) throw error;
    if (!edge.served.isOn(edge.primary))
      throw new Problem("region-unavailable", `Only ${edge.primary} has it, whose reads are off.`);
    return ask(primary, { regionMs: READ_MS, signal: AbortSignal.timeout(READ_MS) });
  };
  const result = await callRegions<Exclude<SearchResult, { kind: "problem" }>>(
    edge.router,
    READ_MS,
    ask,
  ).catch(fromPrimary);
  if (result.kind === "problem") throw new Problem(result.problem.code, result.problem.hint);
  const bytes = result.kind === "media" ? fromBase64(result.base64) : null;
  if (result.kind !== "media" || bytes === null)
    throw new Error(`a region answered a picture with ${result.kind}`);
  return { bytes, type: result.type };
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
