import { Command, InvalidArgumentError } from "commander";
import { NearfieldOperator } from "../client/nearfield-operator.ts";
import type { CollectionView } from "../contracts/collection.ts";
import { LIMITS } from "../contracts/limits.ts";
import { parse } from "../contracts/parse.ts";
import { ShardKeyRequest } from "../contracts/shard-map.ts";
import { refusalOf } from "./complaint.ts";
import { followRegions } from "./follow-regions.ts";
import { readCollectionName } from "./read-collection-name.ts";
import { findService, serviceOptions, type ServiceOptions } from "./service.ts";
import { UsageError } from "./usage-error.ts";

interface ReshardOptions extends ServiceOptions {
  readonly shards?: number;
  readonly shardKey?: ShardKeyRequest;
  readonly wait: boolean;
}

const EXAMPLES = `
The collection goes on being read and written. Each region copies its documents to new shards beside the old ones, applies
what was written meanwhile, and switches over; what is interrupted goes on by itself. Examples:
  reshard demo --shards 6
  reshard orders --shard-key '{"by":"tag","field":"team"}' --shards 8
  reshard events --shard-key '{"by":"range","field":"day","bounds":["2025-01-01","2026-01-01"]}'`;

export function reshardCommand(): Command {
  return serviceOptions(new Command("reshard"), "admin")
    .description("Changes a collection's shards while it serves, and shows how far each region is.")
    .argument("<collection>", "whose shards are changed", readCollectionName)
    .option("--shards <n>", "how many there are to be", readShards)
    .option("--shard-key <JSON>", "what decides which shard a document lies on", readKey)
    .option("--no-wait", "do not wait until the regions are done")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help lists the options)")
    .action(reshard);
}

async function reshard(collection: string, options: ReshardOptions): Promise<void> {
  const { shards, shardKey, wait } = options;
  if (shards === undefined && shardKey === undefined)
    throw new UsageError("Give --shards, --shard-key, or both.");
  const client = new NearfieldOperator(await findService(options));
  const before = await client.status();
  const { toShards, shardKey: toKey } = await client.reshard(collection, {
    ...(shards === undefined ? {} : { shards }),
    ...(shardKey === undefined ? {} : { shardKey }),
  });
  const isThere = (view: CollectionView) =>
    view.resharding === null && view.shards === toShards && sameKey(view.shardKey, toKey);
  const had = before.regions.every(({ reachable, collections }) =>
    collections.some((view) => reachable && view.name === collection && isThere(view)),
  );
  if (had) {
    process.stdout.write(`Nothing to do: ${collection} has these ${toShards} shards already.\n`);
    return;
  }
  if (!wait) {
    process.stdout.write(
      `${collection} gets ${toShards} shards in every region; GET /v1/status tells how far they are.\n`,
    );
    return;
  }
  await followRegions(client, collection, isThere);
  process.stdout.write(`${collection} has ${toShards} shards in every region.\n`);
}

function sameKey(a: CollectionView["shardKey"], b: CollectionView["shardKey"]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function readShards(text: string): number {
  const shards = Number(text);
  if (!Number.isInteger(shards) || shards < 1 || shards > LIMITS.shardsMax)
    throw new InvalidArgumentError(`It is a number from 1 to ${LIMITS.shardsMax}.`);
  return shards;
}

function readKey(text: string): ShardKeyRequest {
  try {
    return parse(ShardKeyRequest, JSON.parse(text), "the key");
  } catch (error) {
    const why = refusalOf(error);
    throw new InvalidArgumentError(`${why}. It is JSON such as {"by":"tag","field":"team"}.`);
  }
}
