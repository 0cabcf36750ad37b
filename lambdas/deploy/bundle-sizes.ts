import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

export interface BundleSize {
  readonly name: string;
  readonly rawBytes: number;
  readonly gzipBytes: number;
}

/** Gzip at the level that Cloudflare's limit and wrangler's figure are stated for. */
export async function bundleSizes(name: string, file: string): Promise<BundleSize> {
  const bytes = await readFile(file);
  return { name, rawBytes: bytes.length, gzipBytes: gzipSync(bytes).length };
}

export function sizeTable(sizes: readonly BundleSize[]): string {
  const rows = sizes.map(({ name, rawBytes, gzipBytes }) => [name, kib(rawBytes), kib(gzipBytes)]);
  return [["bundle", "raw", "gzip"], ...rows]
    .map(
      ([name = "", raw = "", gzip = ""]) =>
        `  ${name.padEnd(24)} ${raw.padStart(12)} ${gzip.padStart(12)}`,
    )
    .join("\n");
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
