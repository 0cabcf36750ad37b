/**
 * One life of a process, from its start to its end. Whatever a process waits for comes to it through `enter`: one that is dead never
 * hears of it, one that stands still hears of it when it goes on. So it stops at any await, with all that it holds in its hands.
 */
export class Life {
  #dead = false;
  #still = false;
  #waiting: (() => void)[] = [];

  get alive(): boolean {
    return !this.#dead;
  }

  get still(): boolean {
    return this.#still;
  }

  enter(act: () => void): void {
    if (this.#dead) return;
    if (this.#still) this.#waiting.push(act);
    else act();
  }

  /** SIGKILL. */
  end(): void {
    this.#dead = true;
    this.#waiting = [];
  }

  /** SIGSTOP. */
  stop(): void {
    this.#still = true;
  }

  /** SIGCONT. */
  go(): void {
    this.#still = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const act of waiting) act();
  }

  /** A call out of the process: begun only while it lives, and heard of only then. */
  call<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.enter(() => {
        work().then(
          (value) => this.enter(() => resolve(value)),
          (error: unknown) => this.enter(() => reject(error)),
        );
      });
    });
  }
}
