import { collectionMoved, Problem } from "../../shared/contracts/problems.ts";
import type { LogTime } from "../../shared/domain/log-clock.ts";
import type { TermStart } from "../../shared/domain/line.ts";
import type { Point } from "../../shared/domain/point.ts";
import type { LoggedEntry, LogReading, Taken } from "../ports/write-log.ts";

export function texts(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map((item) => String(item)) : [];
}

/** What a script says of head: outcome, term, position, chain, time, step, term of the last entry, terms, seal. @throws Problem */
export function readReading(reply: unknown): LogReading {
  const parts = texts(reply);
  refuseUnread(parts[0]);
  return { ...readHead(parts), now: readTime(parts), sealed: readSeal(parts[8]) };
}

/** @throws Problem where a script has not looked: `collection-moved` where nothing is left of the log, or `log-unavailable` until a promotion */
export function refuseUnread(outcome: string | undefined): void {
  if (outcome === "unknown-collection") throw collectionMoved();
  if (outcome === "log-restarted")
    throw new Problem(
      "log-unavailable",
      "The log was restarted, or has lost something: a promotion has to look at it first.",
    );
}

export function nameTaken(name: string): Problem {
  return new Problem("already-exists", `There is an alias named ${name}: GET /v1/aliases.`);
}

export function readHead(parts: readonly string[]): Pick<LogReading, "head" | "terms"> {
  const [, , position, chain, , , entryTerm, terms = ""] = parts;
  return {
    head: { term: Number(entryTerm), position: Number(position), chain: String(chain) },
    terms: readTerms(terms),
  };
}

export function readTaken(kind: Taken["kind"], reply: readonly string[]): Taken {
  const [, term, position, chain] = reply;
  const point: Point = { term: Number(term), position: Number(position), chain: String(chain) };
  return { kind, point, now: readTime(reply), count: Number(reply[6]) };
}

/** An entry as the stream has it, with where it lies instead: empty for one that lies there. */
export function readEntry(row: unknown): LoggedEntry & { readonly reference: string } {
  const [id = "", json = "", digest = "", chain = "", timeMs, step, reference = ""] = texts(row);
  const [position, term] = id.split("-");
  return {
    position: Number(position),
    term: Number(term),
    json,
    digest,
    chain,
    at: { timeMs: Number(timeMs), term: Number(term), step: Number(step) },
    reference,
  };
}

function readTime([, term, , , timeMs, step]: readonly string[]): LogTime {
  return { timeMs: Number(timeMs), term: Number(term), step: Number(step) };
}

/** `<ms>:<term>:<step>`; null where there is no seal. */
function readSeal(text: string = "0"): LogTime | null {
  if (text === "0") return null;
  const [timeMs, term, step] = text.split(":").map(Number);
  return { timeMs: Number(timeMs), term: Number(term), step: Number(step) };
}

/** `<term>:<its first position>,...` */
function readTerms(text: string): TermStart[] {
  return text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const [term, first] = part.split(":").map(Number);
      return { term: Number(term), first: Number(first) };
    });
}
