import type { JSX } from "preact";
import type { RetrieveReply, Tier } from "../../../shared/contracts/retrieve.ts";
import type { RegionStatus, StatusReply } from "../../../shared/contracts/status.ts";
import { greatCirclePath } from "../great-circle-path.ts";
import { MAP_HEIGHT, MAP_WIDTH, mapProjection } from "../map-projection.ts";
import type { Shown } from "../state/page-state.ts";
import { routeWords, travelledTo } from "../words/route-words.ts";

const PROJECTION = mapProjection();

interface WorldMapProps {
  readonly status: StatusReply | null;
  readonly shown: Shown | null;
}

/** Locations, regions, and the way of the last answer. The sentence below is the map for whoever can't see it. */
export function WorldMap({ status, shown }: WorldMapProps): JSX.Element {
  const words = status === null ? "Looking for the regions…" : routeWords(status, shown);
  return (
    <figure class="map">
      <svg viewBox={`0 0 ${MAP_WIDTH} ${MAP_HEIGHT}`} role="img" aria-label={words}>
        <use href="#land" class="land" />
        {status !== null && <Places status={status} reply={shown?.reply ?? null} />}
      </svg>
      <figcaption>
        <span aria-hidden="true">{words}</span>
        {status?.distance === "simulated" && <span> Distances are simulated.</span>}
      </figcaption>
    </figure>
  );
}

function Places({
  status,
  reply,
}: {
  readonly status: StatusReply;
  readonly reply: RetrieveReply | null;
}): JSX.Element {
  const { location, locations, regions } = status;
  const target = reply === null ? null : travelledTo(status, reply);
  const others = locations.filter(({ name }) => name !== location.name);
  return (
    <>
      {reply !== null && target !== null && (
        <path
          key={reply.requestId}
          class={`route route-${reply.tier}`}
          pathLength={1}
          d={greatCirclePath(PROJECTION, [
            [location.longitude, location.latitude],
            [target.longitude, target.latitude],
          ])}
        />
      )}
      {regions.map((region) => (
        <Region key={region.name} region={region} />
      ))}
      {others.map(({ name, city, longitude, latitude }) => (
        <Location key={name} city={city} at={[longitude, latitude]} state="other" />
      ))}
      <Location
        city={location.city}
        at={[location.longitude, location.latitude]}
        state={reply !== null && target === null ? reply.tier : "here"}
      />
    </>
  );
}

interface LocationProps {
  readonly city: string;
  readonly at: readonly [number, number];
  readonly state: "here" | "other" | Tier;
}

function Location({ city, at, state }: LocationProps): JSX.Element | null {
  const [x, y] = place(at);
  const [, latitude] = at; // Ways lead north from the southern half, so its names stand below.
  return (
    <g class={state === "other" ? "location" : `location here at-${state}`}>
      {state !== "here" && state !== "other" && <circle class="ring" cx={x} cy={y} r={18} />}
      <circle class="dot" cx={x} cy={y} r={state === "other" ? 6 : 9} />
      <text x={x} y={latitude < 0 ? y + 34 : y - 16}>
        {city}
      </text>
    </g>
  );
}

function Region({ region }: { readonly region: RegionStatus }): JSX.Element {
  const [x, y] = place([region.longitude, region.latitude]);
  return (
    <g class={region.reachable ? "region-mark" : "region-mark dead"}>
      <rect x={x - 11} y={y - 11} width={22} height={22} />
      {!region.reachable && <path d={`M${x - 18} ${y + 18}L${x + 18} ${y - 18}`} />}
      <text x={x} y={y + 36}>
        {region.name}
      </text>
    </g>
  );
}

function place([longitude, latitude]: readonly [number, number]): readonly [number, number] {
  const [x, y] = PROJECTION([longitude, latitude]) ?? [0, 0];
  return [Math.round(x), Math.round(y)];
}
