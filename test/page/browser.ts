import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

export const WIDTHS = {
  wide: { width: 1280, height: 900 },
  narrow: { width: 390, height: 844 },
} as const;
export type Width = keyof typeof WIDTHS;
export type Theme = "light" | "dark";

/** Ends before the test does, so that it is the step that is named. */
const STEP_MS_MAX = 60_000;

/** Debian's Chromium, as `apt-get install chromium` puts it there. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
}

/** What a page did that it must not do; empty at the end of each test. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, broken policies, exceptions, and requests to anywhere else. A failed API call also logs one. */
  readonly offences: string[];
  /** Bytes of each file that was loaded from the page's own address, without /v1. */
  readonly files: Map<string, Buffer>;
}

/** Opens an address as a person with this screen would. Things don't move, so that nothing waits for a motion. */
export async function visit(
  browser: Browser,
  url: string,
  width: Width = "wide",
  theme: Theme = "light",
  scripts = true,
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: WIDTHS[width],
    colorScheme: theme,
    reducedMotion: "reduce",
    javaScriptEnabled: scripts,
  });
  context.setDefaultTimeout(STEP_MS_MAX);
  const page = await context.newPage();
  const offences: string[] = [];
  const files = new Map<string, Buffer>();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") offences.push(message.text());
  });
  page.on("pageerror", (error) => offences.push(String(error)));
  page.on("request", (request) => {
    if (!/^(http:\/\/127\.0\.0\.1:|data:|blob:)/.test(request.url()))
      offences.push(`remote: ${request.url()}`);
  });
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.url().startsWith("data:") || pathname.startsWith("/v1/")) return;
    void response.body().then(
      (body) => files.set(pathname, body),
      () => undefined,
    ); // A page that was left has no body.
  });
  await page.goto(url);
  return { page, context, offences, files };
}

/** Types a query and asks; resolves when the strip names the answer's tier, and not an older answer's. */
export async function ask(page: Page, text: string): Promise<void> {
  const replied = page.waitForResponse((response) => response.url().endsWith("/v1/retrieve"));
  await page.fill("#q", text);
  await page.press("#q", "Enter");
  const requestId = (await replied).headers()["nearfield-request-id"] ?? "";
  await page.locator(`.strip [title="Request ${requestId}"]`).waitFor({ state: "attached" });
}

/** Tier that the strip names. */
export async function tierOf(page: Page): Promise<string> {
  return (await page.locator(".strip .tier").innerText()).replace(/^\W+/, "");
}
