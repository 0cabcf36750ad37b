import type {
  RegionsRecord,
  RegionsRejection,
  RegionsStanding,
  RegionSwitch,
} from "../../shared/contracts/regions-record.ts";
import { judgeRegions, type RegionsVerdict } from "./judge-regions.ts";

/**
 * Which regions an isolate sends reads to: all that it is deployed with, until a record says otherwise. At least one, always.
 * Only `take` changes that, and only to a newer record that is good: what was taken last stays, whatever is published.
 */
export class ServedRegions {
  readonly known: readonly string[];
  #record: RegionsRecord | null = null;
  #readable: readonly string[];
  #rejected: RegionsRejection | null = null;

  /** @param known names of the regions that the deployment knows */
  constructor(known: readonly string[]) {
    this.known = known;
    this.#readable = known;
  }

  /** Null where nothing published is served. */
  get record(): RegionsRecord | null {
    return this.#record;
  }

  get version(): number {
    return this.#record?.version ?? 0;
  }

  get standing(): RegionsStanding {
    return { version: this.version, rejected: this.#rejected };
  }

  /** All that the deployment knows, by whether they are read. */
  get switches(): RegionSwitch[] {
    return this.known.map((name) => ({ name, reads: this.isOn(name) ? "on" : "off" }));
  }

  /** Names of the regions that reads may go to. Never empty. */
  readable(): readonly string[] {
    return this.#readable;
  }

  isOn(region: string): boolean {
    return this.#readable.includes(region);
  }

  judge(text: string): RegionsVerdict {
    return judgeRegions(text, this.#record, this.known);
  }

  /** Serves a record from now on, if it is good and newer. */
  take(text: string): RegionsVerdict {
    const verdict = this.judge(text);
    if (verdict.kind === "newer") {
      const { record } = verdict;
      this.#record = record;
      this.#readable = record.regions.flatMap(({ name, reads }) => (reads === "on" ? [name] : []));
    }
    return verdict;
  }

  rejected(rejection: RegionsRejection): void {
    this.#rejected = rejection;
  }
}
