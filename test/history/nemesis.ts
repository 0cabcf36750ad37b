import { setTimeout as delay } from "node:timers/promises";
import { assert } from "../../shared/std/assert.ts";
import type { Random } from "../../shared/std/random.ts";
import { alive, type RunningTwin } from "../flows/start-twin.ts";
import { LOCATIONS, REGIONS } from "../twin/topology.ts";

const INCIDENTS = [
  "region-killed",
  "region-still",
  "redis-killed",
  "redis-still",
  "log-killed",
  "log-still",
  "edge-killed",
  "link-cut",
  "link-hangs",
  "link-slow",
  "link-doubles",
  "link-reorders",
] as const;
type Incident = (typeof INCIDENTS)[number];

export interface NemesisOptions {
  readonly twin: RunningTwin;
  readonly random: Random;
  /** Mean time from one incident to the next, ms. */
  readonly everyMs: number;
  /** Longest that one lasts, ms. */
  readonly lastsMs: number;
}

/** What befalls a twin: one incident after another, some at the same time, until it is told to end; then all is healed. */
export class Nemesis {
  readonly #options: NemesisOptions;
  readonly #ending = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  /** How often each kind took place. */
  readonly counts: Record<string, number> = {};

  constructor(options: NemesisOptions) {
    this.#options = options;
  }

  /** Resolves once it was told to end and all is healed. */
  async run(): Promise<void> {
    const { random, everyMs } = this.#options;
    while (await this.#waits(-Math.log(1 - random()) * everyMs)) {
      const incident = this.#one(INCIDENTS);
      this.counts[incident] = (this.counts[incident] ?? 0) + 1;
      const lasts = this.#happen(incident);
      this.#underWay.add(lasts);
      void lasts.finally(() => this.#underWay.delete(lasts));
    }
    await Promise.all(this.#underWay);
    await this.#options.twin.control("DELETE", "/links/*");
  }

  end(): void {
    this.#ending.abort();
  }

  async #happen(incident: Incident): Promise<void> {
    const region = this.#one(REGIONS).name;
    switch (incident) {
      case "region-killed":
        return this.#signal(`region-${region}`, "SIGKILL");
      case "region-still":
        return this.#still(`region-${region}`);
      case "redis-killed":
        return this.#killEngine("region", region);
      case "redis-still":
        return this.#still(`redis-${region}`);
      case "log-killed":
        return this.#killEngine("log", null);
      case "log-still":
        return this.#still("redis-log");
      case "edge-killed":
        return this.#killEdge();
      case "link-cut":
        return this.#link({ mode: "cut" });
      case "link-hangs":
        return this.#link({ mode: "hang" });
      case "link-slow":
        return this.#link({ extraDelayMs: Math.floor(this.#options.random() * 1_500) });
      case "link-doubles":
        return this.#link({ duplicate: true });
      case "link-reorders":
        return this.#link({ reorderWindow: 4 });
    }
  }

  /** The engine itself where it has a process of its own, else the process that it is in. */
  async #killEngine(role: "log" | "region", region: string | null): Promise<void> {
    const { redis } = await this.#options.twin.report();
    const found = redis.find(
      (one) => one.role === role && (region === null || one.region === region),
    );
    const pid = found?.enginePid ?? found?.pid;
    if (pid !== undefined) process.kill(pid, "SIGKILL");
  }

  /** With the workerd of each location, which would outlive it. */
  async #killEdge(): Promise<void> {
    const { edge, locations } = await this.#options.twin.report();
    await this.#signal("edge", "SIGKILL");
    for (const pid of locations.map((one) => one.pid))
      if (pid !== edge.pid && alive(pid)) process.kill(pid, "SIGKILL");
  }

  async #still(name: string): Promise<void> {
    await this.#signal(name, "SIGSTOP");
    await this.#waits(this.#options.random() * this.#options.lastsMs);
    await this.#signal(name, "SIGCONT");
  }

  async #signal(name: string, signal: string): Promise<void> {
    await this.#options.twin.control("POST", `/processes/${name}/signal`, { signal });
  }

  async #link(fault: object): Promise<void> {
    const { twin, random, lastsMs } = this.#options;
    const region = this.#one(REGIONS).name;
    const others = REGIONS.flatMap(({ name }) => (name === region ? [] : [`${region}->${name}`]));
    const locations = LOCATIONS.flatMap(({ name }) => [
      `${name}->${region}`,
      `${name}->redis-${region}`,
    ]);
    const log = `${region}->log`;
    const name = encodeURIComponent(this.#one([...others, ...locations, log, log, log]));
    await twin.control("POST", `/links/${name}`, fault);
    await this.#waits(random() * lastsMs);
    await twin.control("DELETE", `/links/${name}`);
  }

  /** @returns whether it goes on */
  async #waits(ms: number): Promise<boolean> {
    const { signal } = this.#ending;
    await delay(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }

  #one<T>(list: readonly T[]): T {
    assert(list.length > 0, "a list to choose from");
    return list[Math.floor(this.#options.random() * list.length)] as T;
  }
}
