import { assert, required } from "../../shared/std/assert.ts";
import type { Random } from "../../shared/std/random.ts";
import { INCIDENTS, type Incident } from "./weather.ts";
import type { World } from "./world.ts";

const AWAY_MS_MAX = 3_000;
const STILL_MS_MAX = 9_000;
const CUT_MS_MAX = 15_000;
const JUMP_MS_MAX = 10_000;
/** A clock that falls, falls further than readings of it are apart: a smaller fall within one run is assumed not to happen. */
const FALL_MS_MIN = 90_000;

/** What befalls a world, each kind of incident at its own rate, until it is over. */
export class Chaos {
  readonly #world: World;
  readonly #random: Random;
  /** How often each kind took place. */
  readonly counts: Record<string, number> = {};
  #over = false;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  begin(): void {
    for (const incident of INCIDENTS) this.#next(incident);
  }

  /** No more incidents; whatever is away or stands still comes back by itself. */
  end(): void {
    this.#over = true;
    this.#world.network.cut.clear();
  }

  #next(incident: Incident): void {
    const everyMs = this.#world.weather.incidents[incident];
    if (everyMs === undefined) return;
    this.#world.time.after(-Math.log(1 - this.#random()) * everyMs, incident, () => {
      if (this.#over) return;
      this.counts[incident] = (this.counts[incident] ?? 0) + 1;
      this.#happen(incident);
      this.#next(incident);
    });
  }

  #happen(incident: Incident): void {
    const { log } = this.#world;
    switch (incident) {
      case "process-killed":
        return this.#kill();
      case "process-still":
        return this.#stop();
      case "link-cut":
        return this.#cut();
      case "log-restarts":
        return log.restart(this.#upTo(AWAY_MS_MAX));
      case "redis-restarts":
        return this.#region().redis.restart(this.#upTo(AWAY_MS_MAX));
      case "redis-emptied":
        return void this.#region().redis.empty();
      case "isolate-evicted":
        return this.#evict();
      case "location-forgets":
        return this.#one([...this.#world.locations.values()]).cache.forget();
      case "log-clock-jumps":
        return log.moveClock(this.#upTo(JUMP_MS_MAX));
      case "log-clock-falls":
        return log.moveClock(-FALL_MS_MIN - this.#upTo(FALL_MS_MIN));
    }
  }

  #kill(): void {
    const { region, index, slot } = this.#process();
    slot.running?.life.end();
    slot.running = null;
    this.#world.time.after(this.#upTo(AWAY_MS_MAX), `${region} starts ${index}`, () => {
      if (slot.running === null) this.#world.startProcess(region, index);
    });
  }

  #stop(): void {
    const { region, index, slot } = this.#process();
    const life = slot.running?.life;
    if (life === undefined || life.still) return;
    life.stop();
    this.#world.time.after(this.#upTo(STILL_MS_MAX), `${region} goes on ${index}`, () => life.go());
  }

  #cut(): void {
    const { network, time, regions, locations } = this.#world;
    const from = this.#one([...regions.keys()]);
    const to = this.#one([...regions.keys(), ...locations.keys(), "log", "log"]);
    if (from === to) return;
    const dice = this.#random();
    const ways = [
      ...(dice < 0.75 ? [`${from}>${to}`] : []),
      ...(dice > 0.25 ? [`${to}>${from}`] : []),
    ];
    for (const way of ways) network.cut.add(way);
    time.after(this.#upTo(CUT_MS_MAX), `${ways.join(" ")} heals`, () => {
      for (const way of ways) network.cut.delete(way);
    });
  }

  #evict(): void {
    const [location, { slots }] = this.#one([...this.#world.locations]);
    this.#world.startIsolate(location, Math.floor(this.#random() * slots.length));
  }

  #process() {
    const [region, { slots }] = this.#one([...this.#world.regions]);
    const index = Math.floor(this.#random() * slots.length);
    return { region, index, slot: required(slots[index], "a slot") };
  }

  #region() {
    return this.#one([...this.#world.regions.values()]);
  }

  #upTo(ms: number): number {
    return this.#random() * ms;
  }

  #one<T>(list: readonly T[]): T {
    assert(list.length > 0, "a list to choose from");
    return list[Math.floor(this.#random() * list.length)] as T;
  }
}
