import type { Browser, Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { RetrieveInput } from "../../shared/client/request-types.ts";
import { ask, visit } from "./browser.ts";
import { pictureFile } from "./small-demo.ts";

interface Place {
  readonly browser: Browser;
  readonly url: string;
}

type Test = readonly [name: string, run: (place: Place) => Promise<void>];

const PARTS = { name: "Parts of the query" } as const;

const GROUPS: readonly (readonly [name: string, tests: readonly Test[]])[] = [
  [
    "composite queries",
    [
      [
        "more and less like a result come beside what is asked, with weight and direction, in the address",
        addLikes,
      ],
      [
        "what only pushes things down is not asked, and the page says what is missing",
        pushDownAlone,
      ],
      [
        "a picture outlives going back and reloading; whoever opens the link is told that it is missing",
        keepPicture,
      ],
    ],
  ],
  [
    "filters",
    [
      [
        "the collection's fields are offered, with operators of their types, to the keyboard too",
        makeFilter,
      ],
      [
        "nothing that passes: each filter is offered to be dropped, and dropping one mends it",
        dropFilters,
      ],
    ],
  ],
  [
    "options",
    [["what is chosen is asked for, stays in the address, and its outcome is said", chooseOptions]],
  ],
];

/** Queries of several parts, filters and options, as a person puts them together. */
export function describeCompositeQueries(place: () => Place): void {
  describe.each(GROUPS)("%s", (_, tests) => {
    test.each(tests)("%s", (_, run) => run(place()));
  });
}

async function addLikes(place: Place): Promise<void> {
  const { page, context } = await visit(place.browser, place.url);
  await ask(page, "a big cat");
  const first = await titleOf(page.locator(".picture").first());
  await asked(page, () => page.locator(".picture .like").nth(0).click());
  await page.waitForURL(/\?q=a\+big\+cat&like=/);
  const parts = page.getByRole("list", PARTS);
  await parts.getByText("“a big cat”", { exact: true }).waitFor();
  await parts.getByText(`like ${first}`, { exact: true }).waitFor();

  const other = page.locator("li:visible:has(.like)").filter({ hasNotText: first }).first();
  const second = await titleOf(other);
  const pushed = await asked(page, () => other.locator(".like").nth(1).click());
  expect(pushed.queries?.[2]).toMatchObject({ negative: true });
  await parts.getByText(`less like ${second}`, { exact: true }).waitFor();

  const weight = page.getByLabel(`Weight of ${first}`);
  await weight.focus();
  const lighter = await asked(page, () => page.keyboard.press("ArrowUp"));
  expect(lighter.queries?.[1]).toMatchObject({ weight: 0.5 });
  expect(decodeURIComponent(page.url())).toMatch(/like=0\.5:[^&]+&like=-1:/);

  await page.reload(); // A link knows ids only.
  await parts.getByText(`like ${first}`, { exact: true }).waitFor();
  await page.getByRole("button", { name: `Less like ${second}`, exact: true }).click();
  await parts.getByText(`like ${second}`, { exact: true }).waitFor();
  const left = await asked(page, () =>
    page.getByRole("button", { name: "Remove “a big cat”" }).click(),
  );
  expect(left.queries).toHaveLength(2);
  await context.close();
}

async function pushDownAlone(place: Place): Promise<void> {
  const { page, context } = await visit(place.browser, place.url);
  await ask(page, "a big cat");
  await asked(page, () => page.locator(".picture .like").nth(1).click());
  await page.getByRole("button", { name: "Remove “a big cat”" }).click();
  await page.getByText("This only pushes things down").waitFor();
  await page.getByRole("button", { name: /^Remove/ }).click();
  await page.getByText("Ask, and see the answer travel").waitFor();
  await context.close();
}

async function keepPicture(place: Place): Promise<void> {
  const { browser, url } = place;
  const { page, context } = await visit(browser, url);
  await asked(page, async () =>
    page.setInputFiles('.tools input[type="file"]', await pictureFile("Tiger")),
  );
  await ask(page, "an animal");
  await page.getByText("not in the link").waitFor();
  await page.goBack();
  const parts = page.getByRole("list", PARTS);
  await parts.locator("li").nth(1).waitFor({ state: "detached" });
  await page.goForward();
  await parts.locator("li").nth(1).waitFor();
  await page.reload();
  await parts.locator("li").nth(1).waitFor();
  expect(await parts.locator("img").count()).toBe(1);
  const link = new URL(page.url());
  await context.close();

  const other = await visit(browser, `${link.href}${new URL(url).hash}`);
  await other.page.getByText("which no link can hold").waitFor();
  const mended = await asked(other.page, async () =>
    other.page.setInputFiles('.lost input[type="file"]', await pictureFile("Tiger")),
  );
  expect(mended.queries).toHaveLength(2);
  await other.page.getByText("which no link can hold").waitFor({ state: "detached" });
  await other.context.close();
}

async function makeFilter(place: Place): Promise<void> {
  const { page, context } = await visit(place.browser, place.url);
  await ask(page, "coffee");
  await page.getByRole("button", { name: "Filter", exact: true }).press("Enter");
  const form = page.getByRole("form", { name: "Add a filter" });
  const field = form.getByLabel("Field");
  await field.waitFor();
  expect((await field.locator("option").allInnerTexts()).toSorted()).toEqual([
    "added.at",
    "chars",
    "credit",
    "kind",
    "licence",
    "photo",
    "tags",
  ]);
  const offered = async (name: string) => {
    await field.selectOption(name);
    return form.getByLabel("Operator").locator("option").allInnerTexts();
  };
  expect(await offered("chars")).toContain("at least");
  expect(await form.getByLabel("Value").getAttribute("type")).toBe("number");
  expect(await offered("photo")).toContain("is true");
  expect(await form.getByLabel("Value").count()).toBe(0);
  expect(await offered("added.at")).toContain("before");
  expect(await offered("tags")).toContain("does not contain");
  expect(await offered("kind")).toContain("starts with");
  await form.getByLabel("Value").fill("passage");
  const filtered = await asked(page, () => page.keyboard.press("Enter"));
  expect(filtered.filter).toEqual({ kind: { $eq: "passage" } });
  await page.getByRole("region", { name: "Pictures" }).waitFor({ state: "detached" });
  const chips = page.getByRole("list", { name: "Filters" });
  await chips.getByText("kind is passage", { exact: true }).waitFor();
  expect(new URL(page.url()).searchParams.get("filter")).toBe('{"kind":{"$eq":"passage"}}');
  expect(await page.getByRole("button", { name: "Filter", exact: true }).evaluate(isFocused)).toBe(
    true,
  );
  const dropped = await asked(page, () =>
    page.getByRole("button", { name: "Drop the filter: kind is passage" }).press("Enter"),
  );
  expect(dropped.filter).toBeUndefined();
  await context.close();
}

async function dropFilters(place: Place): Promise<void> {
  const { url, browser } = place;
  const filter = { kind: "picture", chars: { $gte: 1_000_000 } };
  const at = new URL(url);
  at.search = new URLSearchParams({ q: "cat", filter: JSON.stringify(filter) }).toString();
  const { page, context } = await visit(browser, at.href);
  await page.getByText("Nothing passes all of the filters.").waitFor();
  await page.getByRole("button", { name: "Drop “chars at least 1000000”" }).click();
  await page.getByRole("region", { name: "Pictures" }).waitFor();
  expect(await page.getByRole("region", { name: "Passages" }).count()).toBe(0);
  await context.close();
}

async function chooseOptions(place: Place): Promise<void> {
  const { page, context } = await visit(place.browser, place.url);
  await ask(page, "coffee");
  await page.getByRole("button", { name: "Options" }).click();
  expect(await page.getByLabel("as one vector").isDisabled()).toBe(true);
  expect(await asked(page, () => page.getByLabel("by score").click())).toMatchObject({
    fuse: "scores",
  });
  const folded = await asked(page, () => page.getByLabel("fold near-duplicates").click());
  expect(folded.diversity).toBeDefined();
  await asked(page, () => page.getByLabel("search exactly").click());
  await page
    .locator(".strip")
    .getByText(/the index alone finds [\d.]+ %/)
    .waitFor();
  await page.waitForURL(/\?q=coffee&fuse=scores&exact=1&fold=1$/);
  const reranked = await asked(page, () => page.getByLabel("read the best again").click());
  expect(reranked).toMatchObject({ k: 24, rerank: { depth: 24 } });
  await page.getByRole("button", { name: "Options by score, read again, exact, folded" }).waitFor();
  await context.close();
}

/** The retrieval that an action of a person sends off; resolves when its answer is shown. */
async function asked(page: Page, act: () => Promise<unknown>): Promise<RetrieveInput> {
  const [request] = await Promise.all([
    page.waitForRequest((one) => one.url().endsWith("/v1/retrieve")),
    act(),
  ]);
  const requestId = (await request.response())?.headers()["nearfield-request-id"] ?? "";
  await page.locator(`.strip [title="Request ${requestId}"]`).waitFor({ state: "attached" });
  return request.postDataJSON() as RetrieveInput;
}

/** Without its rank. */
async function titleOf(hit: Locator): Promise<string> {
  return (await hit.locator("h3").innerText()).replace(/^\d+\s*/, "");
}

function isFocused(element: Element): boolean {
  return element === document.activeElement;
}
