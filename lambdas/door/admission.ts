import { Problem } from "../../shared/contracts/problems.ts";

/**
 * Bounds the work under way in a process. What comes on top is refused at once, while there is time to ask elsewhere: a queue
 * would only make all of it late.
 */
export class Admission {
  readonly #underWayMax: number;
  #underWay = 0;

  constructor(underWayMax: number) {
    this.#underWayMax = underWayMax;
  }

  /** @throws Problem `overloaded` */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay >= this.#underWayMax)
      throw new Problem(
        "overloaded",
        "This region has as much to do as it can; try again in a second.",
      );
    this.#underWay += 1;
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
    }
  }
}
