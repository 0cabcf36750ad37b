/** A peer of the `ann` benchmark: usearch over the same vectors. Says one JSON line when it is built, and one a request. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { percentile } from "../../shared/std/percentile.ts";

interface UsearchIndex {
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
  search(vector: Float32Array, k: number, threads: number): { readonly keys: BigUint64Array };
}
interface Usearch {
  readonly Index: new (options: object) => UsearchIndex;
}

const [tool = "", folder = "", rows = "0", dimensions = "0", k = "0"] = process.argv.slice(2);
const dimension = Number(dimensions);

// Its ESM build looks for a folder for ever: only `require` works.
const { Index } = createRequire(path.join(tool, "peer.cjs"))("usearch") as Usearch;
const documents = await floats("documents");
const queries = await floats("queries");
const startMs = performance.now();
const index = new Index({
  metric: "cos",
  quantization: "f32",
  dimensions: dimension,
  connectivity: 24,
  expansion_add: 300,
  expansion_search: 150,
});
index.add(
  BigUint64Array.from({ length: Number(rows) }, (_, i) => BigInt(i)),
  documents,
  2,
);
say({
  buildS: (performance.now() - startMs) / 1_000,
  rssMiB: process.memoryUsage().rss / 2 ** 20,
});

for await (const line of createInterface({ input: process.stdin })) {
  const times: number[] = [];
  const ids: string[][] = [];
  for (let i = 0; i < Number(line); i++) {
    const query = queries.subarray(i * dimension, (i + 1) * dimension);
    const askedMs = performance.now();
    const { keys } = index.search(query, Number(k), 1);
    times.push(performance.now() - askedMs);
    ids.push([...keys].map((key) => `doc-${key}`));
  }
  const totalMs = times.reduce((sum, ms) => sum + ms, 0);
  say({
    rate: (1_000 * times.length) / totalMs,
    p50: percentile(times, 50),
    p95: percentile(times, 95),
    ids,
  });
}

async function floats(name: string): Promise<Float32Array> {
  const bytes = await readFile(path.join(folder, `${name}.f32`));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function say(words: object): void {
  process.stdout.write(`${JSON.stringify(words)}\n`);
}
