import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { FolderTermRegister } from "../../lambdas/adapters/folder-term-register.ts";
import { createUpstashClient } from "../../lambdas/adapters/upstash-client.ts";
import { UpstashLog } from "../../lambdas/adapters/upstash-log.ts";
import { UpstashPromotions } from "../../lambdas/adapters/upstash-promotions.ts";
import { Readings } from "../../lambdas/freshness/readings.ts";
import type { TermRegister } from "../../lambdas/ports/term-register.ts";
import type { AppendOutcome } from "../../lambdas/ports/write-log.ts";
import { followLine, LineBroken } from "../../lambdas/replicate/judge.ts";
import type { CollectionRecord } from "../../shared/contracts/collection.ts";
import { stalenessMs } from "../../shared/domain/log-clock.ts";
import { originPoint } from "../../shared/domain/point.ts";
import { required } from "../../shared/std/assert.ts";
import { collectionRecord } from "../suites/collection-record.ts";
import { startRedis, type RunningRedis } from "../suites/start-redis.ts";
import { withScripts, type LineBug } from "./line-bugs.ts";
import { smallSegments } from "../suites/small-segments.ts";

const signal = () => AbortSignal.timeout(10_000);

/** @param engine `js`, or the path of a redis-server */
export function testLine(engine: string): void {
  test(`a log that loses its tail twice, once with a promotion: nothing is read or written before a promotion, and no position means two things (${engine})`, async () => {
    const redis = await startRedis(engine);
    const folder = await mkdtemp(path.join(tmpdir(), "nearfield-line-"));
    try {
      const story = await new LineStory(redis, folder).begin();
      await story.loseTails();
      await story.wakeLate();
      await story.growStale();
      expect([...story.found]).toEqual([]);
    } finally {
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** A log that is restarted and loses its tail, and what was seen of it that must not be. */
export class LineStory {
  readonly found = new Set<string>();
  readonly #redis: RunningRedis;
  readonly #log: UpstashLog;
  readonly #promotions: UpstashPromotions;
  readonly #terms: TermRegister;
  readonly #bug: LineBug;
  /** What was acknowledged at each place, by `<position>-<term>`. */
  readonly #given = new Map<string, string>();
  #record: CollectionRecord;

  /** @param folder for the term register */
  constructor(redis: RunningRedis, folder: string, bug: LineBug = {}) {
    const client = createUpstashClient(redis.url, redis.token);
    const asked = bug.script === undefined ? client : withScripts(client, bug.script);
    const terms = new FolderTermRegister(folder);
    this.#redis = redis;
    this.#bug = bug;
    this.#log = new UpstashLog(asked, smallSegments());
    this.#promotions = new UpstashPromotions(asked);
    this.#terms = bug.terms?.(terms) ?? terms;
    this.#record = collectionRecord({
      name: randomUUID(),
      incarnation: randomUUID().replaceAll("-", "").slice(0, 12),
    });
  }

  async begin(): Promise<this> {
    this.#record = await this.#log.register(this.#record, signal());
    await this.#append("first");
    return this;
  }

  /** Two lost tails, of which the second held a promotion. */
  async loseTails(): Promise<void> {
    const kept = await this.#redis.fileBytes();
    await this.#append("lost with the tail");
    await this.#redis.restart(kept);
    await this.#unread();
    await this.#append("before anybody has noticed");
    await this.#promote();
    await this.#append("after the first promotion");

    const keptToo = await this.#redis.fileBytes();
    const before = this.#record;
    await this.#promote();
    await this.#append("lost with its promotion");
    await this.#redis.restart(keptToo);
    this.#record = before; // As a region reads it from the log.
    await this.#promote();
    await this.#append("after the second loss");
    await this.#follow();
  }

  /** An old primary that wakes late. */
  async wakeLate(): Promise<void> {
    const before = this.#record;
    await this.#promote();
    await this.#append("by the new primary");
    await this.#append("by the old one", before);
    await this.#follow();
  }

  async #append(content: string, as = this.#record): Promise<void> {
    const request = {
      idempotencyScope: content,
      requestDigest: content,
      held: null,
      entries: [content],
    };
    const outcome: AppendOutcome = await this.#log.append(as, request, signal());
    if (!("point" in outcome)) return;
    const { term, position } = outcome.point;
    const place = `${position}-${term}`;
    const there = this.#given.get(place);
    if (there !== undefined && there !== content)
      this.found.add("a position is given to two entries of one term");
    this.#given.set(place, content);
    if (as.term < this.#record.term) this.found.add("an append in an old term is accepted");
  }

  /** As a region that wants to serve a strong read: it must not take a log that lost its tail for the log's end. */
  async #unread(): Promise<void> {
    const asks = {
      confirm: () => this.#log.confirm(this.#record, signal()),
      pull: () => this.#log.pull(this.#record, 1, signal()),
    };
    for (const ask of Object.values(asks))
      await ask().then(
        () => this.found.add("a log that lost its tail is read as if nothing had happened"),
        () => undefined,
      );
  }

  async #promote(): Promise<void> {
    const seen = required(await this.#promotions.inspect(this.#record, signal()), "a log");
    const term = await this.#terms.take(this.#record.incarnation, seen.term, signal());
    const next = { ...this.#record, term };
    const promotion = { seenTerm: seen.term, next };
    if ((await this.#promotions.promote(this.#record, promotion, signal())) === null)
      throw new Error("nobody else promotes");
    this.#record = next;
  }

  async #follow(): Promise<void> {
    const { entries, head } = await this.#log.pull(this.#record, 1, signal());
    try {
      const end = followLine(originPoint(this.#record.incarnation, 1), entries);
      if (end.chain !== head.chain) this.found.add("head is not the line's end");
    } catch (error) {
      if (!(error instanceof LineBroken)) throw error;
      this.found.add("the line is broken");
    }
  }

  /** A region that read the log once and never again. */
  async growStale(): Promise<void> {
    let nowMs = 1_000;
    const real = () => nowMs;
    const clock = { wallMs: real, monotonicMs: this.#bug.monotonicMs?.(real) ?? real };
    const readings = new Readings(this.#log, clock);
    const { head, now } = await readings.confirm(this.#record, signal());
    nowMs += 20_000;
    const { incarnation } = this.#record;
    const stale = stalenessMs(
      readings.confirmed(incarnation, head, now),
      readings.now(incarnation),
    );
    if (stale !== null && stale < 20_000) this.found.add("what was read long ago is called fresh");
  }
}
