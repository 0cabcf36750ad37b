import { Problem } from "../../shared/contracts/problems.ts";

/** Share of its deadline that work may be expected to take: the estimate is a mean. */
const EXPECTED_SHARE_MAX = 0.6;
/** With fewer under way, the pace says nothing of how fast this process can be. */
const BUSY = 4;
/** Weight of a new interval in the pace. */
const NEW_WEIGHT = 1 / 8;

/**
 * Bounds the work under way in a process, by number and by time: what could not end before its deadline is refused at once, while
 * there is time to ask elsewhere. Letting it in would make all of it late.
 */
export class Admission {
  readonly #underWayMax: number;
  readonly #nowMs: () => number;
  readonly #refusal: () => Problem;
  #underWay = 0;
  /** Mean time from one piece of work done to the next, while there was enough to do. */
  #paceMs = 0;
  #lastDoneMs = Number.NEGATIVE_INFINITY;

  /**
   * @param nowMs a clock that never falls
   * @param refusal what is told to whom there is no room for
   */
  constructor(underWayMax: number, nowMs: () => number, refusal: () => Problem) {
    this.#underWayMax = underWayMax;
    this.#nowMs = nowMs;
    this.#refusal = refusal;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /**
   * @param deadlineMs time that the work has
   * @throws Problem: the refusal, or the work's own
   */
  async run<T>(deadlineMs: number, work: () => Promise<T>): Promise<T> {
    const startMs = this.#nowMs();
    if (this.#underWay < BUSY) this.#lastDoneMs = startMs;
    if (this.#underWay >= this.#underWayMax || this.#late(startMs, deadlineMs))
      throw this.#refusal();
    this.#underWay += 1;
    try {
      const result = await work();
      this.#done(this.#nowMs());
      return result;
    } finally {
      this.#underWay -= 1;
    }
  }

  /**
   * Whether work that begins now would not end in time, by the pace of what was done lately; or nothing was done for so long
   * that there is no pace. A burst at a process that has just begun is neither.
   */
  #late(nowMs: number, deadlineMs: number): boolean {
    if (this.#underWay < BUSY) return false;
    const left = deadlineMs * EXPECTED_SHARE_MAX;
    return nowMs - this.#lastDoneMs > left || this.#paceMs * (this.#underWay + 1) > left;
  }

  #done(nowMs: number): void {
    if (this.#underWay >= BUSY)
      this.#paceMs += (nowMs - this.#lastDoneMs - this.#paceMs) * NEW_WEIGHT;
    this.#lastDoneMs = nowMs;
  }
}

/** To a read, which another region may answer. */
export function overloaded(): Problem {
  return new Problem(
    "overloaded",
    "This region has as much to do as it can; try again in a second.",
  );
}

/** To a write, which only this region takes. */
export function tooManyWrites(): Problem {
  const hint =
    "It was not taken on: repeat it in a second with the same Idempotency-Key, or send fewer documents at a time.";
  return new Problem("write-backpressure", hint);
}
