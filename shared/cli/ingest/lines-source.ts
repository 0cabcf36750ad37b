import { createReadStream } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Stats } from "node:fs";
import { DocumentInput } from "../../contracts/document.ts";
import { parse } from "../../contracts/parse.ts";
import { refusalOf } from "../complaint.ts";
import type { Found, Source } from "./found-document.ts";

/** A file of documents as JSON lines; one without an id is named after its line, so that a repetition writes it once. */
export function linesSource(file: string, { size, mtimeMs }: Stats): Source {
  return {
    bytes: size,
    version: `${size} ${mtimeMs}`,
    async *documents() {
      const lines = createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Infinity });
      let number = 0;
      let index = 0;
      for await (const line of lines) {
        number += 1;
        if (line.trim() === "") continue;
        yield readLine(file, number, index++, number === 1 ? line.replace(/^\uFEFF/, "") : line);
      }
    },
  };
}

function readLine(file: string, number: number, index: number, line: string): Found {
  const at = `${path.basename(file)}:${number}`;
  const plain = { at, index, bytes: Buffer.byteLength(line) + 1 };
  try {
    const document = parse(DocumentInput, JSON.parse(line), "it");
    return { ...plain, document: { id: at, ...document }, complaint: null };
  } catch (error) {
    return { ...plain, document: null, complaint: refusalOf(error) };
  }
}
