import type { Browser } from "playwright-core";
import { startTwin, type RunningTwin } from "../flows/start-twin.ts";
import { launchBrowser } from "./browser.ts";
import { loadSmallDemo } from "./small-demo.ts";

/** A twin with a small demo, and a browser to look at its page with. */
export interface PageWorld {
  readonly twin: RunningTwin;
  readonly browser: Browser;
  /** Address of the page at a location: with a key that only reads, or one that writes. */
  link(location: string, may?: "read" | "write"): string;
  /** Cuts São Paulo off from every region. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  end(): Promise<void>;
}

export async function startPageWorld(): Promise<PageWorld> {
  const twin = await startTwin();
  await loadSmallDemo(await twin.client("iad"));
  const { locations, key, readKey } = await twin.report();
  const browser = await launchBrowser();
  return {
    twin,
    browser,
    link: (location, may = "read") => {
      const url = locations.find(({ name }) => name === location)?.url ?? "";
      return `${url}/#key=${may === "write" ? `${key}&write=1` : readKey}&demo=5342`;
    },
    cut: () => twin.control("POST", "/links/gru->*", { mode: "cut" }),
    mend: () => twin.control("DELETE", "/links/gru->*"),
    end: async () => {
      await browser.close();
      await twin.stop();
      await twin.remove();
    },
  };
}
