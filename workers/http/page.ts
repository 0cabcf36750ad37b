import { Problem } from "../../shared/contracts/problems.ts";
import type { Edge } from "../edge.ts";
import type { EdgeContext } from "./request.ts";

const CSP =
  "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/** The page, its files and /docs: static assets, with nothing remote allowed. */
export async function pageRoute(edge: Edge, context: EdgeContext): Promise<Response> {
  const path = new URL(context.req.url).pathname;
  if (edge.assets === null || path.startsWith("/v1/"))
    throw new Problem("not-found", "See /docs for what there is.");
  const found = await edge.assets(context.req.raw);
  if (found.status === 404) throw new Problem("not-found", "See /docs for what there is.");
  const response = new Response(found.body, found);
  response.headers.set("content-security-policy", CSP);
  response.headers.set("x-content-type-options", "nosniff");
  response.headers.set("referrer-policy", "no-referrer");
  // Their names hold a digest of their content.
  if (path.startsWith("/assets/"))
    response.headers.set("cache-control", "public, max-age=31536000, immutable");
  return response;
}
