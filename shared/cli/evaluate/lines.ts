import { readFile } from "node:fs/promises";
import { refusalOf } from "../complaint.ts";
import { UsageError } from "../usage-error.ts";

/** Bad lines that are shown: a file of another format has only bad ones. */
const SHOWN_MAX = 10;
const LINES_MAX = 1_000_000;

/**
 * Reads a file line by line; blank lines are passed over.
 *
 * @param parseLine throws a UsageError, Problem or SyntaxError on a bad line
 * @throws UsageError that names every bad line as FILE:LINE, up to ten
 */
export async function readLines<T>(
  file: string,
  parseLine: (line: string) => T | Promise<T>,
): Promise<T[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UsageError(`${file} can't be read.`, { cause });
  });
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (lines.length > LINES_MAX) throw new UsageError(`${file} has more than ${LINES_MAX} lines.`);
  const good: T[] = [];
  const bad: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    try {
      good.push(await parseLine(line));
    } catch (error) {
      bad.push(`${file}:${index + 1}: ${refusalOf(error)}`);
    }
  }
  if (bad.length > SHOWN_MAX) bad.splice(SHOWN_MAX, Infinity, `and ${bad.length - SHOWN_MAX} more`);
  if (bad.length > 0) throw new UsageError(bad.join("\n"));
  if (good.length === 0) throw new UsageError(`${file} has no lines.`);
  return good;
}
