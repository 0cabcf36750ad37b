import { render } from "preact";
import { tinykeys } from "tinykeys";
import { NearfieldClient } from "../../shared/client/nearfield-client.ts";
import {
  readAddress,
  readHandOver,
  writeAddress,
  writeHandOver,
  type Address,
  type HandOver,
} from "./state/address.ts";
import type { Draft } from "./state/draft.ts";
import { keptPicture } from "./state/kept-picture.ts";
import { Page } from "./state/page.ts";
import { App } from "./view/app.tsx";

const REFRESH_MS = 4_000;
const TICK_MS = 500;
const REFRESH_MS_MAX = 6_000;
const KEPT = "nearfield";

/** Takes what the link handed over out of the address, so that neither history nor a copied link holds a key. */
function takeHandOver(): HandOver {
  const given = readHandOver(location.hash);
  if (given.key === null) return readHandOver(sessionStorage.getItem(KEPT) ?? "");
  keepHandOver(given);
  history.replaceState(history.state, "", location.pathname + location.search);
  return given;
}

function keepHandOver(handOver: HandOver): void {
  sessionStorage.setItem(KEPT, writeHandOver({ ...handOver, position: null }));
}

/** The address holds all of a query but its picture, which this tab's history keeps: going back and reloading find it. */
function keepAddress(draft: Draft): void {
  const search = writeAddress(draft);
  const { picture } = draft;
  const kept = picture === null ? null : { picture };
  if (search === location.search) history.replaceState(kept, "");
  else history.pushState(kept, "", location.pathname + search);
}

function presentAddress(): Address {
  const { draft, pictureName, unread } = readAddress(location.search);
  const picture = pictureName === null ? null : keptPicture(history.state);
  return { draft: { ...draft, picture }, pictureName, unread };
}

const page = new Page(
  {
    connect: (key, positions, onExchange) =>
      new NearfieldClient({
        url: location.origin,
        key,
        session: { positions },
        retriesMax: 1,
        onExchange,
      }),
    nowMs: () => performance.now(),
    keepAddress,
    keepHandOver,
  },
  presentAddress(),
  takeHandOver(),
);

function switchTheme(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset["theme"] ?? (dark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset["theme"] = next;
  localStorage.setItem("nearfield-theme", next);
}

const theme = localStorage.getItem("nearfield-theme");
if (theme === "dark" || theme === "light") document.documentElement.dataset["theme"] = theme;

const root = document.querySelector("#app");
if (root === null) throw new Error("index.html has an element #app");
root.replaceChildren(); // The shell that was shown until now.
render(
  <App
    page={page}
    origin={location.origin}
    wide={matchMedia("(min-width: 960px)")}
    onTheme={switchTheme}
    linkTo={({ url }) => new URL(`/${location.search}${writeHandOver(page.handOver())}`, url).href}
  />,
  root,
);

const input = () => document.querySelector<HTMLInputElement>("#q");
tinykeys(
  window,
  {
    "/": (event) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement)
        return;
      event.preventDefault();
      input()?.focus();
    },
    Escape: (event) => {
      if (event.target !== input() && event.target !== document.body) return; // An open panel closes first.
      page.clear();
    },
  },
  { ignore: () => false },
);

addEventListener("popstate", () => void page.go(presentAddress()));

/** One look at a time, none while nobody looks. */
async function refreshForEver(): Promise<never> {
  for (;;) {
    if (document.visibilityState === "visible")
      await page.refresh(AbortSignal.timeout(REFRESH_MS_MAX));
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}
void refreshForEver();
setInterval(() => {
  const retryAtMs = page.state.trouble?.retryAtMs ?? null;
  if (retryAtMs !== null && page.state.nowMs < retryAtMs) page.tick();
}, TICK_MS);
void page.search({}, {}, "kept"); // The address stays as it was opened, until another query is asked.
input()?.focus();
