import type { RetrieveReply } from "../../../shared/contracts/retrieve.ts";
import type { RegionStatus, StatusReply } from "../../../shared/contracts/status.ts";
import { greatCircleKm } from "../../../shared/domain/great-circle.ts";
import type { Shown } from "../state/page-state.ts";
import { wholeWords } from "./numbers.ts";
import { readServerTiming } from "./server-timing.ts";

/** Regions from near to far, as the crow flies. */
export function byDistance({ location, regions }: StatusReply): readonly RegionStatus[] {
  return [...regions].sort((a, b) => greatCircleKm(location, a) - greatCircleKm(location, b));
}

/** The region whose Redis or functions the answer came from; null where it never left the city. */
export function travelledTo(status: StatusReply, reply: RetrieveReply): RegionStatus | null {
  if (reply.tier === "region")
    return status.regions.find(({ name }) => name === reply.region) ?? null;
  return reply.tier === "redis" ? (byDistance(status)[0] ?? null) : null;
}

/** The map as a sentence. */
export function routeWords(status: StatusReply, shown: Shown | null): string {
  const { city } = status.location;
  const deadWords = unreachableWords(status);
  if (shown === null)
    return `You are in ${city}; ${wholeWords(status.regions.length)} regions hold the data.${deadWords}`;
  const { reply, exchange } = shown;
  const region = travelledTo(status, reply);
  if (region === null) {
    const asked = readServerTiming(exchange?.serverTiming ?? null).has("region");
    return asked
      ? `The answer was in ${city}; ${reply.region} confirmed that it still holds.${deadWords}`
      : `The answer was in ${city} already.${deadWords}`;
  }
  const km = Math.round(greatCircleKm(status.location, region) / 10) * 10;
  return `From ${city} to ${region.name} and back: ${wholeWords(2 * km)} km.${deadWords}`;
}

const LIST = new Intl.ListFormat("en-GB", { type: "conjunction" });

/** Which regions can't be reached, as a sentence with a space before it; empty where all can. */
function unreachableWords({ regions }: StatusReply): string {
  const dead = regions.filter(({ reachable }) => !reachable).map(({ name }) => name);
  if (dead.length === 0) return "";
  return dead.length === regions.length
    ? " No region can be reached."
    : ` ${LIST.format(dead)} can't be reached.`;
}

/** Why a farther region answered, where that is known: the nearest can't be reached. Null otherwise. */
export function failoverWords(status: StatusReply | null, reply: RetrieveReply): string | null {
  const nearest = status === null ? undefined : byDistance(status)[0];
  if (
    reply.tier !== "region" ||
    nearest === undefined ||
    nearest.reachable ||
    nearest.name === reply.region
  )
    return null;
  return `${nearest.name} can't be reached, so ${reply.region} answered.`;
}
