import { bestFirst } from "../../shared/domain/candidate-order.ts";
import type { FannedOut, Found } from "./fan-out.ts";
import type { RankedHit } from "./ranked-hit.ts";

/**
 * One list of hits out of rounds that rank deeper and deeper. A walk through a graph may pass over now what it found before, and fusion of deeper
 * rankings orders anew: so what a round has listed stays where it is, and later rounds add what is new behind it. All pages of a
 * query at one position are cut from this list, however deep each has to rank.
 */
export class Listed {
  readonly #keyOf: (hit: RankedHit) => string;
  readonly #hits = new Map<string, RankedHit>();
  #rankings: readonly (readonly Found[])[] = [];

  constructor(byPassage: boolean) {
    this.#keyOf = ({ id, candidate }) => (byPassage ? passageKey(candidate) : id);
  }

  get hits(): readonly RankedHit[] {
    return [...this.#hits.values()];
  }

  /** @returns what was found, with the candidates of earlier rounds that this one has passed over: hits may be made of them */
  add(found: FannedOut, ranked: readonly RankedHit[]): FannedOut {
    for (const hit of ranked) {
      const key = this.#keyOf(hit);
      if (!this.#hits.has(key)) this.#hits.set(key, hit);
    }
    this.#rankings = found.rankings.map((now, i) => united(this.#rankings[i] ?? [], now));
    return { ...found, rankings: this.#rankings };
  }
}

function united(before: readonly Found[], now: readonly Found[]): readonly Found[] {
  const there = new Set(now.map(passageKey));
  const passedOver = before.filter((candidate) => !there.has(passageKey(candidate)));
  return passedOver.length === 0 ? now : [...now, ...passedOver].sort(bestFirst);
}

function passageKey({ id, passage }: Pick<Found, "id" | "passage">): string {
  return `${passage} ${id}`;
}
