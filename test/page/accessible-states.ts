import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { RetrieveReply } from "../../shared/contracts/retrieve.ts";
import { pictureFile } from "./small-demo.ts";
import { ask, visit, type Theme, type Width } from "./browser.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export interface Places {
  readonly browser: Browser;
  /** The page with a key that may write. */
  readonly url: string;
  /** Cuts the location off from every region, and mends it. */
  readonly cut: () => Promise<void>;
  readonly mend: () => Promise<void>;
}

/** Brings the page, from the state before, into one that a person may meet. */
type Step = readonly [name: string, into: (page: Page, places: Places) => Promise<void>];

/** Sixteen states, each looked at by axe: 30 to 50 s on two busy cores. */
const LOOK_MS_MAX = 300_000;

const STEPS: readonly Step[] = [
  ["empty, while the demo loads", async (page) => page.locator(".ingest").waitFor()],
  ["results", (page) => ask(page, "a big cat")],
  ["the rail unfolded", unfoldRail],
  ["an answer with an opened passage", writeAnswer],
  ["a query of several parts, one of them negative", composeQuery],
  ["a filter being made", makeFilter],
  ["the options", (page) => page.getByRole("button", { name: /^Options/ }).click()],
  ["an explained answer and hit", explainAnswer],
  ["a query that only pushes down", onlyPushDown],
  ["the choice of locations", (page) => openPanel(page, "locations")],
  ["the status", (page) => openPanel(page, "status-panel")],
  ["a partial answer with its weak tail unfolded", partialAnswer],
  ["an error above older results", failedSearch],
  ["nothing found", nothingFound],
  ["a link that can't be read", brokenLink],
  ["no key", noKey],
];

/** No state of the page, in any theme and width that is looked at, may have a finding of axe, a style attribute, or a page that scrolls sideways. */
export function describeAccessibleStates(
  places: () => Places,
  looks: readonly (readonly [Width, Theme])[],
): void {
  describe.each(looks)("%s and %s", (width, theme) => {
    test("every state is accessible", { timeout: LOOK_MS_MAX }, async () => {
      const { browser, url } = places();
      const { page, context } = await visit(browser, url, width, theme);
      const axe = await readFile(AXE, "utf8");
      const findings: string[] = [];
      for (const [name, into] of STEPS) {
        await into(page, places());
        for (const finding of await findingsOf(page, axe)) findings.push(`${name}: ${finding}`);
      }
      await context.close();
      expect(findings).toEqual([]);
    });
  });
}

async function findingsOf(page: Page, axe: string): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run();
    const found = violations.map(
      ({ id, nodes }) =>
        `${id} in ${nodes.length}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`,
    );
    const styled = document.querySelectorAll("[style]").length;
    if (styled > 0) found.push(`${styled} style attributes`);
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`scrolls sideways: ${scrollWidth} of ${clientWidth}`);
    return found;
  });
}

async function unfoldRail(page: Page): Promise<void> {
  if (!(await page.locator(".rail").evaluate((rail) => rail.hasAttribute("open"))))
    await page.locator(".rail > summary").click();
  await page.locator(".waterfall").waitFor();
  await page.locator(".add > summary").click();
}

async function writeAnswer(page: Page): Promise<void> {
  await ask(page, "countries that export coffee");
  await page.getByRole("button", { name: "Answer this from the passages" }).click();
  await page.locator(".chip").first().click();
  await page.locator(".quote").waitFor();
}

async function openPanel(page: Page, id: string): Promise<void> {
  await page.locator(`[popovertarget="${id}"]`).click();
  await page.locator(`#${id}`).waitFor();
}

async function composeQuery(page: Page): Promise<void> {
  await ask(page, "a big cat");
  await page.setInputFiles('.tools input[type="file"]', await pictureFile("Tiger"));
  await page.locator(".part img").first().waitFor();
  await page.locator(".picture .like").nth(1).click();
  await page.locator(".part.negative").waitFor();
}

async function makeFilter(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  const form = page.getByRole("form", { name: "Add a filter" });
  await form.getByLabel("Field").selectOption("licence");
  await form.getByLabel("Operator").selectOption("is given");
  await form.getByRole("button").click();
  await page.getByText("licence is given", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await form.getByLabel("Value").waitFor();
}

async function explainAnswer(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Why these results" }).click();
  await page.locator(".plan li").first().waitFor();
  await page.locator(".hit-why > summary").first().click();
  await page.locator(".shares .sum").waitFor();
}

async function onlyPushDown(page: Page): Promise<void> {
  for (const name of ["Remove “a big cat”", /^Remove the picture/] as const)
    await page.getByRole("button", { name }).click();
  await page.getByText("This only pushes things down").waitFor();
}

/** The twin has no fault that loses one shard, nor a small demo a tail, so a real answer is given both on its way. */
async function partialAnswer(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.route("**/v1/retrieve", async (route) => {
    const response = await route.fetch();
    const reply = (await response.json()) as RetrieveReply;
    const hits = reply.hits.map((hit, i) => ({ ...hit, score: i < 3 ? hit.score : hit.score / 2 }));
    const coverage = { shards: 4, answered: 3, missing: [{ shard: 3, reason: "late" }] };
    await route.fulfill({ response, json: { ...reply, hits, coverage } });
  });
  await ask(page, "sailing boat");
  await page.locator(".strip.partial").waitFor();
  await page.locator(".tail summary").first().click();
  await page.unroute("**/v1/retrieve");
}

async function failedSearch(page: Page, places: Places): Promise<void> {
  await places.cut();
  try {
    await page.fill("#q", `nobody asked this, ${page.viewportSize()?.width ?? 0} ${Math.random()}`);
    await page.press("#q", "Enter");
    await page.locator(".trouble").waitFor();
  } finally {
    await places.mend();
  }
}

async function nothingFound(page: Page): Promise<void> {
  const filter = encodeURIComponent('{"kind":"nothing","licence":"none"}');
  await page.goto(`${new URL(page.url()).origin}/?q=cat&picture=cat.png&filter=${filter}`);
  await page.getByText("which no link can hold").waitFor();
  await page.getByRole("heading", { name: "Nothing was found" }).waitFor();
}

async function brokenLink(page: Page): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/?q=cat&filter=%7Bbad&fuse=magic`);
  await page.getByText("The filter and the value of “fuse” in this link can’t be read").waitFor();
  await page.locator(".pictures h3").first().waitFor();
}

async function noKey(page: Page): Promise<void> {
  await page.evaluate(() => sessionStorage.clear());
  await page.goto(new URL(page.url()).origin);
  await page.locator(".key-form").waitFor();
}
