import type {
  AnswerEvent,
  SearchEvent,
  SearchResult,
} from "../../shared/contracts/region-event.ts";
import type { WriteEvent, WriteResult } from "../../shared/contracts/write-event.ts";

/**
 * A call that did not come back with a result: no connection, a time-out, a throttle, a function that died.
 * The region may be ill; another may well answer.
 */
export class RegionFailure extends Error {
  override readonly name = "RegionFailure";
  readonly region: string;

  constructor(region: string, options: { cause: unknown }) {
    super(`${region} did not answer`, options);
    this.region = region;
  }
}

/** The functions of one region. Every method rejects with RegionFailure, or with the signal's reason when it aborts. */
export interface RegionFunctions {
  readonly region: string;
  search(event: SearchEvent, signal: AbortSignal): Promise<SearchResult>;
  write(event: WriteEvent, signal: AbortSignal): Promise<WriteResult>;
  /** Lines of JSON, as the function streams them. */
  answer(event: AnswerEvent, signal: AbortSignal): Promise<AsyncIterable<string>>;
}
