import type { JSX } from "preact";
import type { RegionStatus, StatusReply } from "../../../shared/contracts/status.ts";
import { freshWords, wholeWords } from "../words/numbers.ts";

/** The regions as this location saw them a moment ago. */
export function StatusPanel({
  status,
  collection,
}: {
  readonly status: StatusReply | null;
  readonly collection: string;
}): JSX.Element {
  return (
    <div
      id="status-panel"
      class="panel panel-wide"
      popover="auto"
      role="group"
      aria-label="Status"
      tabIndex={0}
    >
      {status === null ? (
        <p>The regions have not been asked yet.</p>
      ) : (
        <table>
          <caption>
            Regions, and {collection} in them, as {status.location.city} sees them now
          </caption>
          <thead>
            <tr>
              <th scope="col">Region</th>
              <th scope="col">State</th>
              <th scope="col">Round trip</th>
              <th scope="col">Documents</th>
              <th scope="col">Position</th>
              <th scope="col">Freshness</th>
              <th scope="col">Lag p99, ms</th>
            </tr>
          </thead>
          <tbody>
            {status.regions.map((region) => (
              <RegionRow
                key={region.name}
                region={region}
                name={collection}
                isPrimary={region.name === status.primary}
              />
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function RegionRow({
  region,
  name: searched,
  isPrimary,
}: {
  readonly region: RegionStatus;
  /** Of the collection. */
  readonly name: string;
  readonly isPrimary: boolean;
}): JSX.Element {
  const { name, reachable, rttMs, parts } = region;
  const collection = region.collections.find((candidate) => candidate.name === searched);
  const wrong = Object.entries(parts).filter(([, verdict]) => verdict !== "ok");
  const state = !reachable
    ? "can't be reached"
    : wrong.length === 0
      ? "ok"
      : `not ok: ${wrong.map(([part]) => part).join(", ")}`;
  return (
    <tr>
      <th scope="row">
        {name}
        {isPrimary && <span class="note">primary</span>}
        {region.reads === "off" && <span class="note">not read</span>}
      </th>
      <td class={state === "ok" ? "" : "bad"}>{state}</td>
      <td>{wholeWords(rttMs)} ms</td>
      <td>{numberOrDash(collection?.documents)}</td>
      <td>{numberOrDash(collection?.position)}</td>
      <td>{collection === undefined ? "–" : freshWords(collection.stalenessMs)}</td>
      <td>{numberOrDash(collection?.lag?.p99Ms)}</td>
    </tr>
  );
}

function numberOrDash(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : wholeWords(value);
}
