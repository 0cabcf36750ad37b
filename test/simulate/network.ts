import { abortable } from "../../shared/std/abortable.ts";
import type { Random } from "../../shared/std/random.ts";
import type { Life } from "./life.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { Weather } from "./weather.ts";

/** Who calls: the life that waits, and where it is. */
export interface Caller {
  readonly life: Life;
  readonly place: string;
}

/** Who is called: whoever lives there when the call arrives; null while nobody does. */
export interface Callee<H> {
  readonly place: string;
  readonly arrive: () => { readonly life: Life; readonly host: H } | null;
}

const REFUSED_MS = 2;
/** How long it takes until a lost connection is noticed, where it is. */
const RESET_MS_MAX = 400;

/** Calls between processes. Each way takes its time; a message may be lost, doubled or overtaken, and a link cut, one way or both. */
export class Network {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #weather: () => Weather;
  readonly #rttMs: (from: string, to: string) => number;
  /** `from>to`: nothing gets through. */
  readonly cut = new Set<string>();
  lost = 0;
  doubled = 0;

  /** @param rttMs round trip between two places on a good day */
  constructor(
    time: VirtualTime,
    random: Random,
    weather: () => Weather,
    rttMs: (from: string, to: string) => number,
  ) {
    this.#time = time;
    this.#random = random;
    this.#weather = weather;
    this.#rttMs = rttMs;
  }

  /**
   * A call and its answer. What is under way when the signal aborts arrives all the same, and is done.
   *
   * @param work done at the callee's, once for each copy of the message that arrives; the first answer to come back counts
   */
  call<H, T>(
    from: Caller,
    to: Callee<H>,
    label: string,
    work: (host: H) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    return abortable(
      new Promise<T>((resolve, reject) => {
        from.life.enter(() => {
          const copies = this.#random() < this.#weather().doubled ? 2 : 1;
          if (copies > 1) this.doubled += 1;
          const settle = { resolve, reject };
          for (let copy = 0; copy < copies; copy++) this.#send(from, to, label, work, settle);
        });
      }),
      signal,
    );
  }

  #send<H, T>(
    from: Caller,
    to: Callee<H>,
    label: string,
    work: (host: H) => Promise<T>,
    { resolve, reject }: { resolve: (value: T) => void; reject: (error: Error) => void },
  ): void {
    const fail = (delayMs: number, why: string) =>
      this.#time.after(delayMs, `${label} ${why}`, () =>
        from.life.enter(() => reject(new Error(`${label}: ${why}`))),
      );
    const thereMs = this.#wayMs(from.place, to.place);
    if (thereMs === null) return this.#noticeLoss(fail);
    this.#time.after(thereMs, label, () => {
      const arrived = to.arrive();
      if (arrived === null) return fail(REFUSED_MS, "refused");
      const { life, host } = arrived;
      const answer = (deliver: () => void) => {
        const backMs = this.#wayMs(to.place, from.place);
        if (backMs === null) return this.#noticeLoss(fail);
        this.#time.after(backMs, `${label} back`, () => from.life.enter(deliver));
      };
      life.enter(() => {
        work(host).then(
          (value) => life.enter(() => answer(() => resolve(value))),
          (error: Error) => life.enter(() => answer(() => reject(error))),
        );
      });
    });
  }

  /** Half of the losses show as a connection that is reset, the others as silence. */
  #noticeLoss(fail: (delayMs: number, why: string) => void): void {
    this.lost += 1;
    if (this.#random() < 0.5) fail(this.#random() * RESET_MS_MAX, "reset");
  }

  /** Null: it gets lost. */
  #wayMs(from: string, to: string): number | null {
    const { lost, slow, slowMs } = this.#weather();
    if (this.cut.has(`${from}>${to}`) || this.#random() < lost) return null;
    const slowed = this.#random() < slow ? this.#random() * slowMs : 0;
    return (this.#rttMs(from, to) / 2) * (1 + this.#random()) + slowed;
  }
}
