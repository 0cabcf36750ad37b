import type { JSX } from "preact";
import type { LocationEntry } from "../../../shared/contracts/edge-env.ts";
import type { StatusReply } from "../../../shared/contracts/status.ts";
import { Icon } from "./icons.tsx";
import { StatusPanel } from "./status-panel.tsx";

interface TopBarProps {
  readonly status: StatusReply | null;
  /** What is searched. */
  readonly collection: string;
  /** Address of this page at another location. */
  readonly linkTo: (location: LocationEntry) => string;
  readonly onTheme: () => void;
}

export function TopBar({ status, collection, linkTo, onTheme }: TopBarProps): JSX.Element {
  return (
    <header class="top">
      <a class="brand" href="/">
        <Mark /> nearfield
      </a>
      <p class="here">
        <span class="here-words">You are in </span>
        <Here status={status} linkTo={linkTo} />
        {status?.distance === "simulated" && (
          <span class="note">
            <span class="note-first">distance </span>simulated
          </span>
        )}
      </p>
      <nav class="links" aria-label="Elsewhere">
        <a href="/docs/">API</a>
        <button type="button" class="link" popovertarget="status-panel">
          Status
        </button>
        <button
          type="button"
          class="quiet"
          onClick={onTheme}
          aria-label="Switch between light and dark"
        >
          <Icon name="theme" />
        </button>
      </nav>
      <StatusPanel status={status} collection={collection} />
    </header>
  );
}

/** Rings that thin out with distance. */
export function Mark(): JSX.Element {
  return (
    <svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <circle cx="12" cy="12" r="3.5" />
      <circle cx="12" cy="12" r="7" />
      <circle cx="12" cy="12" r="10.5" />
    </svg>
  );
}

/** The city, and where there are other locations with addresses of their own, the way to them. */
function Here({ status, linkTo }: Pick<TopBarProps, "status" | "linkTo">): JSX.Element {
  if (status === null) return <strong>…</strong>;
  const { location } = status;
  const others = status.locations.filter(({ name }) => name !== location.name);
  if (others.length === 0) return <strong>{location.city}</strong>;
  return (
    <>
      <button
        type="button"
        class="city"
        popovertarget="locations"
        aria-label={`${location.city}: change location`}
      >
        {location.city} <Icon name="chevron" />
      </button>
      <div
        id="locations"
        class="panel"
        popover="auto"
        role="group"
        aria-label="Ask from another location"
      >
        <p class="panel-title">Ask from</p>
        <ul>
          {others.map((other) => (
            <li key={other.name}>
              <a href={other.url} onClick={(event) => follow(event, linkTo(other))}>
                {other.city} <span class="muted">{other.name}</span>
              </a>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

/** The key goes along in the fragment; it is put together when it is needed, so that the page never holds it. */
function follow(event: MouseEvent, address: string): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  location.assign(address);
}
