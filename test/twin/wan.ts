import { estimatedRttMs, greatCircleKm, type Place } from "../../shared/domain/great-circle.ts";
import { seededRandom } from "../../shared/std/random.ts";
import { openLink, type HttpLink } from "./links/http-link.ts";

/** 10 Gbit/s would be 1,250,000 bytes a ms; a Worker's subrequest sees a small share of that. */
const BYTES_PER_MS = 50_000;
const SETUP_RTTS = 2;
const JITTER_SHARE = 0.02;

/** The distance between the twin's places: one link a joint, as long as the great circle between its ends. */
export class Wan {
  readonly links: HttpLink[] = [];
  readonly #simulated: boolean;

  constructor(simulated: boolean) {
    this.#simulated = simulated;
  }

  /** @returns the address at which the target is reached from there */
  async link(name: string, from: Place, to: Place, target: string): Promise<string> {
    const rttMs = this.#simulated ? estimatedRttMs(greatCircleKm(from, to)) : 0;
    const link = await openLink({
      name,
      target: () => target,
      rttMs,
      jitterShare: JITTER_SHARE,
      bytesPerMs: this.#simulated ? BYTES_PER_MS : Number.POSITIVE_INFINITY,
      setupRtts: SETUP_RTTS,
      random: seededRandom(this.links.length + 1),
    });
    this.links.push(link);
    return link.url;
  }
}
