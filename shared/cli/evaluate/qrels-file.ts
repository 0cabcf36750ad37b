import { z } from "zod";
import { DocumentId } from "../../contracts/document.ts";
import { parse } from "../../contracts/parse.ts";
import type { Grades } from "../../domain/retrieval-metrics.ts";
import { UsageError } from "../usage-error.ts";
import { readLines } from "./lines.ts";

const Judgement = z.strictObject({
  query: z.union([z.string().min(1), z.int()]).transform(String),
  document: DocumentId,
  grade: z.number().min(-100).max(100).default(1),
});

/**
 * Grades by query: TREC's `query 0 document grade`, or JSON lines `{query, document, grade?}` of grade 1 where it is not said.
 * @throws UsageError that names the bad lines
 */
export async function readQrels(file: string): Promise<Map<string, Grades>> {
  const byQuery = new Map<string, Map<string, number>>();
  await readLines(file, (line) => {
    const value: unknown = line.trimStart().startsWith("{") ? JSON.parse(line) : fromTrec(line);
    const { query, document, grade } = parse(Judgement, value, "the judgement");
    const grades = byQuery.get(query) ?? new Map<string, number>();
    if (grades.has(document)) throw new UsageError(`${document} is judged twice for ${query}`);
    byQuery.set(query, grades.set(document, grade));
  });
  return byQuery;
}

function fromTrec(line: string): unknown {
  const columns = line.trim().split(/\s+/);
  const [query, , document, grade] = columns;
  if (columns.length !== 4 || !/^-?\d+(\.\d+)?$/.test(grade ?? ""))
    throw new UsageError("neither JSON nor query 0 document grade");
  return { query, document, grade: Number(grade) };
}
