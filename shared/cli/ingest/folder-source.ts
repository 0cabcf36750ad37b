import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { DocumentInput } from "../../contracts/document.ts";
import { LIMITS } from "../../contracts/limits.ts";
import { parse } from "../../contracts/parse.ts";
import { sha256Hex } from "../../std/bytes.ts";
import { refusalOf } from "../complaint.ts";
import { UsageError } from "../usage-error.ts";
import type { Found, Source } from "./found-document.ts";

const TEXTS: ReadonlySet<string> = new Set([".txt", ".md", ".markdown"]);
const PICTURES: ReadonlySet<string> = new Set([".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"]);
const FILES_MAX = 1_000_000;

/** The texts and pictures of a folder and of those in it, by their paths; hidden files are left out. @throws UsageError */
export async function folderSource(folder: string): Promise<Source> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.split(path.sep).some((part) => part.startsWith(".")))
    .sort();
  if (files.length > FILES_MAX) throw new UsageError(`${folder} has more than ${FILES_MAX} files.`);
  const stats = await Promise.all(files.map((file) => stat(path.join(folder, file))));
  const listed = files.map((file, i) => ({ file, size: stats[i]?.size ?? 0 }));
  const seen = files.map((file, i) => [file, stats[i]?.size, stats[i]?.mtimeMs]);
  return {
    bytes: listed.reduce((sum, { size }) => sum + size, 0),
    version: sha256Hex(JSON.stringify(seen)),
    async *documents() {
      for (const [index, { file, size }] of listed.entries())
        yield await readOne(folder, file, index, size);
    },
  };
}

async function readOne(folder: string, file: string, index: number, size: number): Promise<Found> {
  const at = file.split(path.sep).join("/");
  const plain = { at, index, bytes: size };
  try {
    const document = parse(DocumentInput, await content(folder, file, at, size), "it");
    return { ...plain, document, complaint: null };
  } catch (error) {
    return { ...plain, document: null, complaint: refusalOf(error) };
  }
}

async function content(folder: string, file: string, at: string, size: number): Promise<object> {
  const extension = path.extname(file).toLowerCase();
  const whole = path.join(folder, file);
  if (PICTURES.has(extension)) {
    if (size > LIMITS.pictureBytesMax)
      throw new UsageError(`a picture has at most ${LIMITS.pictureBytesMax} bytes`);
    return { id: at, image: { base64: (await readFile(whole)).toString("base64") } };
  }
  if (size === 0) throw new UsageError("there is nothing in it");
  if (!TEXTS.has(extension)) throw new UsageError("neither a text (.txt, .md) nor a picture");
  const title = path.basename(file, path.extname(file)).replace(/[-_]+/g, " ");
  return { id: at, title, text: await readFile(whole, "utf8") };
}
