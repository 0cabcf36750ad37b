import type { Caller } from "../../shared/contracts/caller.ts";
import type { HotQuery } from "../../shared/contracts/hot-query.ts";
import type { RetrieveRequest } from "../../shared/contracts/retrieve.ts";
import type { Asked } from "../ports/region-store.ts";

/** Between two reports of this isolate, ms. */
const REPORT_MS = 10_000;
/** Queries counted at a time; what comes beyond waits for the next report. */
const COUNTED_MAX = 500;
/** Of them the most asked are told. */
const TOLD_MAX = 50;
/** A query with a picture or a vector in it may be larger than its answer: it is not remembered. */
const QUERY_CHARS_MAX = 8_192;

/** Counts what is asked in this isolate, for the list of hot queries. */
export class Heat {
  readonly #counted = new Map<string, { readonly query: HotQuery; count: number }>();
  #reportedMs = Number.NEGATIVE_INFINITY;

  asked(key: string, caller: Caller, request: RetrieveRequest): void {
    const known = this.#counted.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#counted.size < COUNTED_MAX && JSON.stringify(request).length <= QUERY_CHARS_MAX)
      this.#counted.set(key, { query: { caller, request }, count: 1 });
  }

  /** What is to be told now, the most asked first; empty where it is too early. Counting begins anew. */
  take(nowMs: number): Asked[] {
    if (nowMs - this.#reportedMs < REPORT_MS) return [];
    this.#reportedMs = nowMs;
    const counted = [...this.#counted].map(([key, asked]) => ({ key, ...asked }));
    this.#counted.clear();
    return counted.sort((a, b) => b.count - a.count).slice(0, TOLD_MAX);
  }
}
