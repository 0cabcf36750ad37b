import { Command, InvalidArgumentError } from "commander";
import { compareFilters } from "./filter-differential.ts";
import { startLanceDb, startMemory, startMilvusStore } from "./store-engines.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

const SHOWN_MAX = 10;

interface Options {
  readonly filters: number;
  readonly documents: number;
  readonly seed: number;
}

const command = new Command("npm run fuzz:filters --")
  .description(
    "Asks one engine what random filters of hostile texts find, and the evaluator in memory the same.",
  )
  .argument(
    "<store>",
    "memory, lancedb, or milvus: a milvus-lite of its own, or the server that NEARFIELD_MILVUS names",
  )
  .option("--filters <count>", "how many filters", whole, 10_000)
  .option("--documents <count>", "how many documents they are asked of", whole, 120)
  .option("--seed <number>", "the same seed asks the same", whole, 1)
  .action(async (store: string, options: Options) => {
    const start = startOf(store);
    if (start === null) command.error(`error: ${store} is no store's name`);
    else process.exitCode = await run(store, start, options);
  });

await command.parseAsync();

function startOf(store: string): (() => Promise<StoreUnderTest>) | null {
  if (store === "memory") return startMemory;
  if (store === "lancedb") return startLanceDb;
  return store === "milvus" ? startMilvusStore : null;
}

/** @returns 1 where the engine found anything else than the evaluator */
async function run(
  name: string,
  start: () => Promise<StoreUnderTest>,
  options: Options,
): Promise<number> {
  const started = await start();
  try {
    const store = await started.open();
    const startMs = performance.now();
    const { filters, none, all, mismatches } = await compareFilters(store, options);
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    await store.close();
    for (const mismatch of mismatches.slice(0, SHOWN_MAX))
      process.stdout.write(`${JSON.stringify(mismatch)}\n`);
    process.stdout.write(
      `${name}: ${filters} of ${options.filters} filters over ${options.documents} documents, seed ${options.seed}: ` +
        `${mismatches.length} mismatches, ${seconds} s (${none} filters match nothing, ${all} everything)\n`,
    );
    return mismatches.length === 0 ? 0 : 1;
  } finally {
    await started.close();
  }
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("a whole number, 1 or more");
  return value;
}
