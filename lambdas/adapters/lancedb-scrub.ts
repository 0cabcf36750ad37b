import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, readFile, rename, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { DataScrub, Scrubbed } from "../ports/data-scrub.ts";

const DIGESTS = "digests.json";
/** All else is written once, under a name of its own, and only ever removed. */
const CHANGING = /(^|\/)(digests\.json(\..*)?|latest_version_hint\.json)$/;
/** What was written just now may still be on its way to its name. */
const SETTLED_MS = 2_000;

const Digests = z.record(
  z.string(),
  z.strictObject({ sha256: z.string(), bytes: z.int(), readMs: z.number() }),
);
type Digests = z.output<typeof Digests>;

/** Digests of LanceDB's files, kept beside its tables: they go where these go. Damage before the first reading is not seen. */
export class LanceDbScrub implements DataScrub {
  readonly #root: string;
  readonly #wallMs: () => number;

  /** @param root of the store */
  constructor(root: string, wallMs: () => number) {
    this.#root = root;
    this.#wallMs = wallMs;
  }

  async scrub(key: string, bytesMax: number, signal: AbortSignal): Promise<Scrubbed> {
    const folder = this.#tables(key);
    const known = await readDigests(folder);
    const names = await filesOf(folder);
    const lastMs = (name: string) => known[name]?.readMs ?? -Infinity;
    const byAge = names.toSorted((a, b) => lastMs(a) - lastMs(b) || (a < b ? -1 : 1));
    const kept: Digests = Object.fromEntries(
      names.flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]]])),
    );
    const damaged: string[] = [];
    let bytes = 0;
    for (const name of byAge) {
      if (bytes >= bytesMax) break;
      const before = known[name];
      if (before === undefined && !(await this.#isSettled(path.join(folder, name)))) continue;
      const found = await digestOf(path.join(folder, name), signal);
      if (found === "gone") continue;
      bytes += found === "unreadable" ? 0 : found.bytes;
      if (found === "unreadable" || (before !== undefined && before.sha256 !== found.sha256))
        damaged.push(name); // Its digest stays what it was.
      else kept[name] = { ...found, readMs: this.#wallMs() };
    }
    await writeDigests(folder, kept);
    return { damaged, bytes };
  }

  async check(key: string, signal: AbortSignal): Promise<readonly string[]> {
    const folder = this.#tables(key);
    const damaged: string[] = [];
    for (const [name, { sha256 }] of Object.entries(await readDigests(folder))) {
      const found = await digestOf(path.join(folder, name), signal);
      if (found === "gone") continue;
      if (found === "unreadable" || found.sha256 !== sha256) damaged.push(name);
    }
    return damaged;
  }

  async #isSettled(file: string): Promise<boolean> {
    const found = await unlessMissing(stat(file));
    return found !== null && this.#wallMs() - found.mtimeMs > SETTLED_MS;
  }

  #tables(key: string): string {
    return path.join(this.#root, key, "tables");
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const found = await unlessMissing(readdir(folder, { recursive: true, withFileTypes: true }));
  return (found ?? [])
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((name) => !CHANGING.test(name));
}

/** `gone`: it was removed since it was listed, as old versions are; `unreadable`: the disk can't give it back. */
async function digestOf(
  file: string,
  signal: AbortSignal,
): Promise<{ readonly sha256: string; readonly bytes: number } | "gone" | "unreadable"> {
  const hash = createHash("sha256");
  const input = createReadStream(file, { signal });
  try {
    await pipeline(input, hash);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return "gone";
    if (hasCode(error, "EIO")) return "unreadable";
    throw error;
  }
  return { sha256: hash.digest("hex"), bytes: input.bytesRead };
}

/** None where there are none yet, or where they can't be read: then files count as they are now. */
async function readDigests(folder: string): Promise<Digests> {
  const text = await unlessMissing(readFile(path.join(folder, DIGESTS), "utf8"));
  try {
    return text === null ? {} : Digests.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

async function writeDigests(folder: string, digests: Digests): Promise<void> {
  const target = path.join(folder, DIGESTS);
  const temporary = `${target}.tmp`;
  const file = await unlessMissing(open(temporary, "w"));
  if (file === null) return; // The tables were removed meanwhile.
  try {
    await file.writeFile(JSON.stringify(digests));
    await file.sync();
  } finally {
    await file.close();
  }
  await unlessMissing(rename(temporary, target));
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
