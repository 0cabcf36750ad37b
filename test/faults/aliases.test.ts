import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { serverRoom } from "../../lambdas/adapters/server-room.ts";
import type { UpstashAliases } from "../../lambdas/adapters/upstash-aliases.ts";
import { Aliases } from "../../lambdas/catalog/aliases.ts";
import { byName } from "../../lambdas/catalog/by-name.ts";
import { throughAlias } from "../../lambdas/catalog/through-alias.ts";
import type { Registrar } from "../../lambdas/watch/registrar.ts";
import { primaryRecord } from "../../lambdas/write/as-primary.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import type { Freshness } from "../../shared/contracts/region-event.ts";
import { stalenessMs, withinBound } from "../../shared/domain/log-clock.ts";
import { tokenOf } from "../../shared/domain/point.ts";
import { randomName } from "../../shared/std/random.ts";
import { sealed, startDeleting, type DeletingProcess } from "./deleted-regions.ts";
import { signal, snapshotRegions } from "./snapshot-regions.ts";
import { PRIMARY, type SnapshotWorld } from "./snapshot-world.ts";

const regions = snapshotRegions();
const BOUND_MS = 200;

type Register = Pick<UpstashAliases, "target" | "confirm">;
interface World {
  readonly process: DeletingProcess;
  readonly of: SnapshotWorld;
  readonly a: CollectionRecord;
  readonly b: CollectionRecord;
  readonly alias: string;
  /** @returns what the answer is labelled with */
  read(freshness?: Partial<Freshness>): ReturnType<DeletingProcess["reader"]["open"]>;
  move(to: CollectionRecord): Promise<void>;
}

/** An alias that names `a`, beside another collection, in a process of the primary. @param instead what it asks of aliases */
async function world(
  seed: number,
  instead: (honest: UpstashAliases, of: SnapshotWorld) => Register = (honest) => honest,
): Promise<World> {
  const of = await regions.world(seed, 10);
  const alias = `live-${randomName(8, Math.random)}`;
  const a = of.record;
  const names = { name: `${a.name}-b`, incarnation: randomName(12, Math.random) };
  const b = await of.log.register({ ...a, ...names }, signal());
  const process = startDeleting(of, PRIMARY);
  const { catalog, readings, clock, register, reader } = process;
  const aliases = new Aliases(instead(register, of), catalog, readings, clock);
  const registrar = { newEntryId: () => "e" } as unknown as Registrar;
  await register.put(a.tenant, alias, a.name, signal());
  return {
    process,
    of,
    a,
    b,
    alias,
    read(more = {}) {
      const asked = { consistency: "bounded", maxStalenessMs: BOUND_MS, token: null } as const;
      const freshness = { ...asked, ...more };
      const named = { tenant: a.tenant, name: alias, freshness };
      return byName({ catalog, aliases }, named, signal(), (record, asOf) => {
        const given = asOf === null ? { reader } : throughAlias({ reader, registrar }, asOf);
        return given.reader.open(record, freshness, signal());
      });
    },
    move: async (to) => void (await register.put(a.tenant, alias, to.name, signal())),
  };
}

/** Reads after a move that show what the alias named before, though they ask for more. */
async function staleReads({ process, a, b, read, move }: World): Promise<string[]> {
  const found: string[] = [];
  const before = (await read()).served;
  if (before.incarnation !== a.incarnation) found.push("before the move");
  await move(b);
  if ((await read({ consistency: "strong" })).served.incarnation !== b.incarnation)
    found.push("strong");
  await move(a);
  await read();
  await move(b);
  await delay(BOUND_MS + 20);
  // Others read the collection by its own name, so that its region is known to be level with its log.
  await process.readings.confirm(a, signal());
  if ((await read()).served.incarnation !== b.incarnation) found.push("bounded");
  // A location that keeps the answer judges it by its label.
  const now = process.readings.now(a.incarnation);
  if (withinBound(stalenessMs(before.confirmed, now), BOUND_MS)) found.push("cached");
  return found;
}

test("a moved alias: strong reads follow at once, bounded ones and cached answers within their bound", async () => {
  expect(await staleReads(await world(31))).toEqual([]);
});

test("alias-stale: planted, and caught", async () => {
  const planted = await world(32, (honest, { log }) => ({
    target: (...given) => honest.target(...given),
    // By the end of the log that it was seen to name, whatever it names by now.
    confirm: (_, record, given) => log.confirm(record, given),
  }));
  expect(await staleReads(planted)).not.toEqual([]);
});

test("nothing that is found through an alias is confirmed later than the alias was seen to name it", async () => {
  const { process, a, read } = await world(33);
  const first = (await read()).served;
  await delay(30);
  await process.readings.confirm(a, signal());
  const direct = await process.reader.open(
    a,
    { consistency: "eventual", maxStalenessMs: BOUND_MS, token: null },
    signal(),
  );
  const again = (await read({ consistency: "eventual" })).served;
  expect(again.confirmed).toEqual(first.confirmed);
  expect(direct.served.confirmed?.timeMs).toBeGreaterThan(again.confirmed?.timeMs ?? Infinity);
});

test("a token of what it named before is lost, one of what it names is met, also in a process that knows only the other", async () => {
  const { of, a, b, read, move } = await world(34);
  const tokenIn = async (record: CollectionRecord) =>
    tokenOf(record.incarnation, (await of.log.confirm(record, signal())).head);
  const session = { consistency: "session" } as const;
  const before = await tokenIn(a);
  expect((await read({ ...session, token: before })).served.incarnation).toBe(a.incarnation);
  await move(b);
  await expect(read({ ...session, token: before })).rejects.toMatchObject({
    code: "position-lost",
  });
  const after = await tokenIn(b);
  expect((await read({ ...session, token: after })).served.incarnation).toBe(b.incarnation);
});

test("a write that begins after a move is for what it was moved to", async () => {
  const { process, a, b, alias, move } = await world(35);
  const { catalog, register: aliasRegister } = process;
  const deps = { catalog, aliasRegister, region: PRIMARY, room: serverRoom };
  const target = () => primaryRecord(deps, a.tenant, alias, signal());
  expect((await target()).incarnation).toBe(a.incarnation);
  await move(b);
  expect((await target()).incarnation).toBe(b.incarnation);
});

test("one whose collection is deleted leads nowhere, until the name is given again; one that is gone is a free name", async () => {
  const { process, of, a, alias, read } = await world(36);
  await read();
  await sealed(of);
  const strong = { consistency: "strong" } as const;
  await expect(read(strong)).rejects.toMatchObject({ code: "not-found" });
  const again = { ...a, incarnation: randomName(12, Math.random) };
  await of.log.register(again, signal());
  expect((await read(strong)).served.incarnation).toBe(again.incarnation);
  await process.register.remove(a.tenant, alias, signal());
  await expect(read(strong)).rejects.toMatchObject({ code: "not-found" });
  const named = { ...a, name: alias, incarnation: randomName(12, Math.random) };
  await of.log.register(named, signal());
  expect((await read(strong)).served.incarnation).toBe(named.incarnation);
});
