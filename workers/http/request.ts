import type { Context } from "hono";
import type { Caller, Scope } from "../../shared/contracts/caller.ts";
import { DocumentId } from "../../shared/contracts/document.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { Freshness } from "../../shared/contracts/region-event.ts";
import type { Consistency } from "../../shared/contracts/retrieve.ts";
import { parseToken, type PositionToken } from "../../shared/domain/point.ts";
import type { z } from "zod";
import { decodeUtf8, parseJson, readBytes } from "../door/read-body.ts";
import type { Edge } from "../edge.ts";

/** What the first middleware has found out by the time a route runs. */
export interface Variables {
  requestId: string;
  traceparent: string;
  startMs: number;
  /** Server-Timing: stage and ms. */
  timings: Map<string, number>;
  /** Key of a write, given or made here: on every reply, so that also a write that failed can be repeated with it. */
  idempotencyKey: string | null;
}

export type EdgeContext = Context<{ Variables: Variables }>;

export const POSITION_HEADER = "nearfield-position";

/** Keeps work alive after the reply. */
export function deferrer(context: EdgeContext): (work: Promise<unknown>) => void {
  return (work) => context.executionCtx.waitUntil(work);
}

export async function admitted(edge: Edge, context: EdgeContext, scope: Scope): Promise<Caller> {
  const caller = await edge.door.admit(
    context.req.header("authorization") ?? null,
    scope,
    deferrer(context),
  );
  context.get("timings").set("door", edge.nowMs() - context.get("startMs"));
  return caller;
}

export async function jsonBody<S extends z.ZodType>(
  context: EdgeContext,
  schema: S,
): Promise<z.output<S>> {
  requireType(context, ["application/json"]);
  return parse(
    schema,
    parseJson(decodeUtf8(await readBytes(context.req.raw, LIMITS.bodyBytesMax))),
    "the body",
  );
}

/** The media type of the body, without parameters. @throws Problem `unsupported-media-type` */
export function requireType(context: EdgeContext, allowed: readonly string[]): string {
  const type = (context.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (allowed.includes(type)) return type;
  throw new Problem("unsupported-media-type", `Send content-type: ${allowed.join(", ")}.`);
}

/** The caller's position token; null where there is none. @throws Problem `invalid-request` */
export function positionToken(
  context: EdgeContext,
): { readonly text: string; readonly token: PositionToken } | null {
  const text = context.req.header(POSITION_HEADER);
  if (text === undefined) return null;
  const token = parseToken(text);
  if (token === null)
    throw new Problem(
      "invalid-request",
      `The header ${POSITION_HEADER} is not one that nearfield gave.`,
    );
  return { text, token };
}

/** `eventual` asks for nothing, so it also forgets the token that clients carry by default. */
export function wantedFreshness(
  consistency: Consistency,
  maxStalenessMs: number,
  token: string | null,
): Freshness {
  return { consistency, maxStalenessMs, token: consistency === "eventual" ? null : token };
}

/** Names a collection apart from other tenants' ones. */
export function aboutOf({ tenant }: Caller, collection: string): string {
  return `${tenant} ${collection}`;
}

/** What every event to a region carries. */
export function envelope(edge: Edge, context: EdgeContext, caller: Caller, deadlineMs: number) {
  return {
    requestId: context.get("requestId"),
    traceparent: context.get("traceparent"),
    context: edge.vouch(caller),
    deadlineMs: Math.max(1, Math.floor(deadlineMs)),
  };
}

/** A region knows only lists of queries: where the caller gave one `query`, pointers say so. */
export function inCallersWords(gaveOne: boolean): (error: unknown) => never {
  return (error) => {
    if (!gaveOne || !(error instanceof Problem)) throw error;
    const errors = error.errors.map(({ pointer, message }) => ({
      pointer: pointer.replace(/^\/queries\/0/, "/query"),
      message,
    }));
    throw new Problem(error.code, error.hint.replace("/queries/0", "/query"), {
      errors,
      cause: error,
    });
  };
}

/** The document's id in the path. */
export function documentId(context: EdgeContext): string {
  return parse(DocumentId, context.req.param("id"), "the id in the path");
}
