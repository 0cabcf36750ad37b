import type { Browser } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { RetrieveInput } from "../../shared/client/request-types.ts";
import { ask, visit } from "./browser.ts";

/** Shares are shown with three digits each. */
const ROUNDING = 0.005;

interface Place {
  readonly browser: Browser;
  readonly url: string;
}

type Test = readonly [name: string, run: (place: Place) => Promise<void>];

const GROUPS: readonly (readonly [name: string, tests: readonly Test[]])[] = [
  [
    "explanations",
    [
      ["a hit's shares add up to its score; only opening one asks for them, once", explainHit],
      [
        "the plan is told in words, the time by stage and shard; while it is open searches bring it along",
        explainAnswer,
      ],
      ["where it can't be had the answer stays, and trying again mends it", failToExplain],
    ],
  ],
];

/** Why an answer is what it is: asked for by whoever opens it, and by nobody else. */
export function describeExplanations(place: () => Place): void {
  describe.each(GROUPS)("%s", (_, tests) => {
    test.each(tests)("%s", (_, run) => run(place()));
  });
}

async function explainHit(place: Place): Promise<void> {
  const { page, context, explains, offences } = await opened(place);
  await ask(page, "a big cat");
  expect(explains).toEqual([false]);
  const before = await page.locator(".pictures h3").allInnerTexts();
  const first = page.locator(".picture").first();
  await first.locator(".hit-why > summary").press("Enter");
  await first.locator(".shares .sum").waitFor();
  const numbers = (await first.locator(".shares .number").allInnerTexts()).map(Number);
  const [sum = 0, ...shares] = numbers.toReversed();
  const total = shares.reduce((all, share) => all + share, 0);
  expect(Math.abs(total - sum)).toBeLessThanOrEqual(ROUNDING * sum);
  expect(await first.locator(".why").first().innerText()).toContain(sum.toPrecision(3));
  await page.locator(".picture").nth(1).locator(".hit-why > summary").click();
  await page.locator(".picture").nth(1).locator(".shares .sum").waitFor();
  expect(explains).toEqual([false, true]);
  expect(await page.locator(".pictures h3").allInnerTexts()).toEqual(before);
  expect(offences).toEqual([]);
  await context.close();
}

async function explainAnswer(place: Place): Promise<void> {
  const { page, context, explains } = await opened(place);
  await ask(page, "violin");
  await page.getByRole("button", { name: "Why these results" }).click();
  const why = page.getByRole("region", { name: "Why these results" });
  await why.getByText("All 4 shards were asked").waitFor();
  await why.getByText("every vector was compared").first().waitFor();
  await why.getByText(/Rankings are combined by rank/).waitFor();
  expect(await why.locator(".waterfall li.shard").count()).toBe(4);
  await why.getByText("search the shards").waitFor();
  await ask(page, "harp");
  await why.locator(".waterfall li.shard").first().waitFor();
  expect(explains).toEqual([false, true, true]);
  await page.getByRole("button", { name: "Why these results" }).click();
  await why.waitFor({ state: "detached" });
  await ask(page, "guitar");
  expect(explains.at(-1)).toBe(false);
  await context.close();
}

async function failToExplain(place: Place): Promise<void> {
  const { page, context } = await opened(place);
  await ask(page, "pears");
  await page.route("**/v1/retrieve", (route) => route.abort());
  await page.getByRole("button", { name: "Why these results" }).click();
  await page.locator(".trouble").waitFor();
  expect(await page.locator(".pictures h3").count()).toBeGreaterThan(0);
  await page.unroute("**/v1/retrieve");
  await page.getByRole("button", { name: "Try again", exact: true }).click();
  await page.getByText("All 4 shards were asked").waitFor();
  await page.locator(".trouble").waitFor({ state: "detached" });
  await context.close();
}

/** The page, and of each different retrieval so far whether it asked for its explanation. */
async function opened({ browser, url }: Place) {
  const seen = await visit(browser, url);
  const explains: boolean[] = [];
  const bodies = new Set<string>();
  seen.page.on("request", (request) => {
    const body = request.postData() ?? "";
    // On a busy machine the client may have to try again, which asks for nothing new.
    if (!request.url().endsWith("/v1/retrieve") || bodies.has(body)) return;
    bodies.add(body);
    explains.push((JSON.parse(body) as RetrieveInput).explain === true);
  });
  return { ...seen, explains };
}
