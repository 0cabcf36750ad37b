import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import type {
  CollectionRecord,
  CreateCollectionRequest,
} from "../../shared/contracts/collection.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { CreatedResult } from "../../shared/contracts/write-event.ts";
import { FIRST_TERM, originPoint } from "../../shared/domain/point.ts";
import { randomName, type Random } from "../../shared/std/random.ts";
import { settleShardMap } from "../catalog/settle-shards.ts";
import { requireRoom } from "./require-room.ts";
import { settleSpaces } from "./settle-spaces.ts";
import type { WriteDeps } from "./write.ts";

const INCARNATION_CHARS = 12;

/** Creates a collection: settles its spaces with this region's models, and registers it with an empty log. */
export async function createCollection(
  deps: WriteDeps & { readonly random: Random },
  caller: Caller,
  definition: CreateCollectionRequest,
  signal: AbortSignal,
): Promise<z.output<typeof CreatedResult>> {
  await requireRoom(deps.room);
  const owned = await deps.catalog.list(caller.tenant, signal);
  if (owned.length >= LIMITS.collectionsPerTenantMax) {
    throw new Problem(
      "limit-exceeded",
      `A tenant has at most ${LIMITS.collectionsPerTenantMax} collections.`,
    );
  }
  if (definition.lexical !== undefined && !deps.store.traits.lexical) {
    throw new Problem(
      "invalid-request",
      `This region's store, ${deps.store.traits.name}, has no full-text search: leave lexical out. LanceDB has one, and Milvus from 2.5 on.`,
      { errors: [{ pointer: "/lexical", message: "not available here" }] },
    );
  }
  const record: CollectionRecord = {
    tenant: caller.tenant,
    name: definition.name,
    incarnation: randomName(INCARNATION_CHARS, deps.random),
    primary: deps.region,
    term: FIRST_TERM,
    schemaVersion: 1,
    spaces: await settleSpaces(deps.embedder, definition.spaces, signal),
    fields: definition.fields,
    lexical: definition.lexical ?? null,
    shardMaps: [settleShardMap(1, definition, definition.fields)],
  };
  const standing = await deps.log.register(record, signal);
  if (standing.incarnation !== record.incarnation)
    throw new Problem("already-exists", `There is a collection named ${definition.name}.`);
  await deps.catalog.remember(record, signal);
  const { incarnation, tenant, name } = record;
  deps.bell.ring({
    op: "ring",
    incarnation,
    tenant,
    name,
    point: originPoint(incarnation, FIRST_TERM),
  });
  await deps.applier.catchUp(record, 0, signal);
  return { kind: "created", region: deps.region, record };
}
