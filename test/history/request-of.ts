import { vectorOf } from "../flows/vectors.ts";
import { queryNumbersOf } from "./query-vector.ts";
import type { Asked } from "./operation.ts";

export interface HistoryRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With its query parameters. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly deadlineMs: number;
}

/** More than a collection of a history ever has. */
const LIST_MAX = 1_000;

/** An operation as a location takes it: vectors are given, so that no model takes part. */
export function requestOf(asked: Asked, token: string | null): HistoryRequest {
  const { idempotencyKey } = asked;
  const headers = {
    "content-type": "application/json",
    ...(token === null ? {} : { "nearfield-position": token }),
    ...(idempotencyKey === null ? {} : { "idempotency-key": idempotencyKey }),
  };
  const { method, path, body } = wireOf(asked);
  const text = body === undefined ? null : JSON.stringify(body);
  return { method, path, headers, body: text, deadlineMs: asked.deadlineMs };
}

function wireOf(
  asked: Asked,
): Pick<HistoryRequest, "method" | "path"> & { readonly body?: object } {
  const { kind, collection, id, value, group, ifPosition, deadlineMs } = asked;
  const at = `/v1/documents/${encodeURIComponent(id ?? "")}?collection=${collection}&deadlineMs=${deadlineMs}`;
  const filter = group === null ? {} : { filter: { g: group } };
  const freshness = {
    consistency: asked.level ?? "bounded",
    ...(asked.maxStalenessMs === null ? {} : { maxStalenessMs: asked.maxStalenessMs }),
    deadlineMs,
  };
  switch (kind) {
    case "put": {
      const document = {
        id,
        vectors: { v: vectorOf(value ?? 0) },
        metadata: { w: value, g: group },
        ...(ifPosition === null ? {} : { ifPosition }),
      };
      return {
        method: "POST",
        path: "/v1/documents",
        body: { collection, documents: [document], deadlineMs },
      };
    }
    case "patch":
      return { method: "PATCH", path: at, body: { metadata: { w: value } } };
    case "delete":
      return { method: "DELETE", path: at };
    case "delete-found":
      return {
        method: "POST",
        path: "/v1/documents/delete",
        body: { collection, ...filter, deadlineMs },
      };
    case "retrieve": {
      const query = { vector: queryNumbersOf(asked.query ?? 0), space: "v" };
      return {
        method: "POST",
        path: "/v1/retrieve",
        body: { collection, query, k: asked.k, ...filter, ...freshness },
      };
    }
    case "get":
      return {
        method: "POST",
        path: "/v1/documents/get",
        body: { collection, ids: [id], ...freshness },
      };
    case "list": {
      const parameters = new URLSearchParams({ collection, limit: String(LIST_MAX) });
      if (group !== null) parameters.set("filter", JSON.stringify({ g: group }));
      for (const [name, of] of Object.entries(freshness)) parameters.set(name, String(of));
      return { method: "GET", path: `/v1/documents?${parameters.toString()}` };
    }
  }
}
