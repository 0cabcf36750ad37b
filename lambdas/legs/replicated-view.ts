import { Problem } from "../../shared/contracts/problems.ts";
import type { Filter } from "../../shared/domain/filter.ts";
import { required } from "../../shared/std/assert.ts";
import type { ShardHop } from "../ports/shard-hop.ts";
import type { LexicalQuery, Searched, StoreView, StoredRow, VectorQuery } from "../ports/store.ts";
import type { HedgedLegs } from "./hedged-legs.ts";

export interface LegDeps {
  readonly region: string;
  readonly hop: ShardHop;
  readonly legs: HedgedLegs;
}

/** Several copies of a collection as one view: each call of a shard is a leg, which goes to one copy, or on to another. */
export class ReplicatedView implements StoreView {
  readonly #copies: readonly StoreView[];
  readonly #deps: LegDeps;

  /** @param copies at the same checkpoint, at least one */
  constructor(copies: readonly StoreView[], deps: LegDeps) {
    this.#copies = copies;
    this.#deps = deps;
  }

  search(query: VectorQuery, signal: AbortSignal): Promise<Searched> {
    return this.#leg(query.shard, (view, limited) => view.search(query, limited), signal);
  }

  match(query: LexicalQuery, signal: AbortSignal): Promise<Searched> {
    return this.#leg(query.shard, (view, limited) => view.match(query, limited), signal);
  }

  documents(
    shard: number,
    ids: readonly string[],
    include: { readonly vectors: boolean },
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    return this.#leg(
      shard,
      (view, limited) => view.documents(shard, ids, include, limited),
      signal,
    );
  }

  scan(
    shard: number,
    after: string | null,
    limit: number,
    filter: Filter | null,
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    return this.#leg(
      shard,
      (view, limited) => view.scan(shard, after, limit, filter, limited),
      signal,
    );
  }

  count(shard: number, filter: Filter | null, signal: AbortSignal): Promise<number> {
    return this.#leg(shard, (view, limited) => view.count(shard, filter, limited), signal);
  }

  /** @throws Problem `coverage-unavailable` where no copy answers: another region may have the shard */
  async #leg<T>(
    shard: number,
    ask: (view: StoreView, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { region, hop, legs } = this.#deps;
    const names = this.#copies.map((_, replica) => `${shard}/${replica}`);
    try {
      return await legs.run(
        names,
        (replica, limited) => {
          const view = required(this.#copies[replica], "a copy is named for each");
          return hop({ region, shard, replica }, (s) => ask(view, s), limited);
        },
        signal,
      );
    } catch (cause) {
      signal.throwIfAborted();
      throw new Problem(
        "coverage-unavailable",
        `Shard ${shard} in ${region} did not answer: try again, and see /v1/status.`,
        { cause },
      );
    }
  }
}
