import type { Exchange } from "../../../shared/client/transport.ts";

const EXCHANGES_MAX = 16;

/** The last exchanges with a location, each to be found by its answer. */
export class RecentExchanges {
  readonly #newestFirst: Exchange[] = [];

  keep(exchange: Exchange): void {
    this.#newestFirst.unshift(exchange);
    this.#newestFirst.length = Math.min(this.#newestFirst.length, EXCHANGES_MAX);
  }

  of(requestId: string): Exchange | null {
    return this.#newestFirst.find((exchange) => exchange.requestId === requestId) ?? null;
  }
}
