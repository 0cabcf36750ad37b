import { MultiBar, type SingleBar } from "cli-progress";
import { Command, InvalidArgumentError, Option } from "commander";
import { setTimeout as delay } from "node:timers/promises";
import { NearfieldClient } from "../client/nearfield-client.ts";
import { CollectionName, type CollectionView } from "../contracts/collection.ts";
import { LIMITS } from "../contracts/limits.ts";
import { ShardKeyRequest } from "../contracts/shard-map.ts";
import { findService } from "./service.ts";
import { UsageError } from "./usage-error.ts";

interface ReshardOptions {
  readonly shards?: number;
  readonly shardKey?: ShardKeyRequest;
  readonly url?: string;
  readonly key?: string;
  readonly state: string;
  readonly wait: boolean;
}

const LOOK_MS = 500;

const EXAMPLES = `
The collection goes on being read and written. Each region copies its documents to new shards beside the old ones, applies
what was written meanwhile, and switches over; what is interrupted goes on by itself. Examples:
  reshard demo --shards 6
  reshard orders --shard-key '{"by":"tag","field":"team"}' --shards 8
  reshard events --shard-key '{"by":"range","field":"day","bounds":["2025-01-01","2026-01-01"]}'`;

export function reshardCommand(): Command {
  return new Command("reshard")
    .description("Changes a collection's shards while it serves, and shows how far each region is.")
    .argument("<collection>", "whose shards are changed", readName)
    .option("--shards <n>", "how many there are to be", readShards)
    .option("--shard-key <JSON>", "what decides which shard a document lies on", readKey)
    .option("--no-wait", "do not wait until the regions are done")
    .option("--url <url>", "a location or the service (default: the twin's first location)")
    .addOption(new Option("--key <key>", "API key with scope admin").env("NEARFIELD_KEY"))
    .option("--state <dir>", "state folder of the twin that is asked", ".nearfield/twin")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help lists the options)")
    .action(reshard);
}

async function reshard(collection: string, options: ReshardOptions): Promise<void> {
  const { shards, shardKey, wait } = options;
  if (shards === undefined && shardKey === undefined)
    throw new UsageError("Give --shards, --shard-key, or both.");
  const client = new NearfieldClient(await findService(options));
  const { toShards, shardKey: toKey } = await client.reshard(collection, {
    ...(shards === undefined ? {} : { shards }),
    ...(shardKey === undefined ? {} : { shardKey }),
  });
  if (!wait) {
    process.stdout.write(
      `${collection} gets ${toShards} shards in every region; GET /v1/status tells how far they are.\n`,
    );
    return;
  }
  await follow(
    client,
    collection,
    (view) => view.resharding === null && view.shards === toShards && sameKey(view.shardKey, toKey),
  );
  process.stdout.write(`${collection} has ${toShards} shards in every region.\n`);
}

/** Until every region has moved. A region that can't be reached is waited for: it moves when it is back. */
async function follow(
  client: NearfieldClient,
  collection: string,
  isThere: (view: CollectionView) => boolean,
): Promise<void> {
  const bars = new MultiBar({
    format: " {bar} {percentage}% | {region} | {phase}",
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 2_000,
    stream: process.stderr,
  });
  const shown = new Map<string, SingleBar>();
  try {
    for (;;) {
      const { regions } = await client.status();
      const left = regions.map(({ name, reachable, collections }) => {
        const view = collections.find((one) => one.name === collection);
        const { done, total, phase } = reachable ? progressOf(view, isThere) : UNREACHED;
        const bar = shown.get(name) ?? bars.create(total, 0, { region: name, phase });
        shown.set(name, bar);
        bar.setTotal(total);
        bar.update(done, { region: name, phase });
        return phase !== DONE;
      });
      if (left.every((one) => !one)) return;
      await delay(LOOK_MS);
    }
  } finally {
    bars.stop();
  }
}

function sameKey(a: CollectionView["shardKey"], b: CollectionView["shardKey"]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const DONE = "done";
const UNREACHED = { done: 0, total: 1, phase: "can't be reached" };

function progressOf(view: CollectionView | undefined, isThere: (view: CollectionView) => boolean) {
  const total = Math.max(1, view?.documents ?? 1);
  if (view !== undefined && isThere(view)) return { done: total, total, phase: DONE };
  // A region that has not heard of it yet tells nothing of it.
  if (view === undefined || view.resharding === null) return { done: 0, total, phase: "waiting" };
  const { phase, copied } = view.resharding;
  return { done: Math.min(total, copied ?? total), total, phase };
}

function readName(text: string): string {
  const name = CollectionName.safeParse(text);
  if (!name.success) throw new InvalidArgumentError("It is no collection's name.");
  return name.data;
}

function readShards(text: string): number {
  const shards = Number(text);
  if (!Number.isInteger(shards) || shards < 1 || shards > LIMITS.shardsMax)
    throw new InvalidArgumentError(`It is a number from 1 to ${LIMITS.shardsMax}.`);
  return shards;
}

function readKey(text: string): ShardKeyRequest {
  try {
    return ShardKeyRequest.parse(JSON.parse(text));
  } catch {
    throw new InvalidArgumentError('It is JSON such as {"by":"tag","field":"team"}.');
  }
}
