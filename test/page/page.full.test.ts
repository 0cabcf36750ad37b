import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../flows/start-twin.ts";
import { describeAccessibleStates } from "./accessible-states.ts";
import { ask, tierOf, visit } from "./browser.ts";
import { describeCompositeQueries } from "./composite-queries.ts";
import { describeExplanations } from "./explanations.ts";
import { startPageWorld, type PageWorld } from "./page-world.ts";
import { pictureFile, SMALL_DEMO_SIZE } from "./small-demo.ts";

let world: PageWorld;
let twin: PageWorld["twin"];
let browser: PageWorld["browser"];
let link: PageWorld["link"];

beforeAll(async () => {
  world = await startPageWorld();
  ({ twin, browser, link } = world);
});
afterAll(() => world.end());

const cut = () => world.cut();
const mend = () => world.mend();

describe("asking", () => {
  test("the first answer travels, the next comes from this city; the page breaks none of its rules", async () => {
    const { page, context, offences } = await visit(browser, link("gru"));
    await page.getByText(`${SMALL_DEMO_SIZE} of 5,342 searchable`).waitFor();
    await ask(page, "a big cat");
    expect(await tierOf(page)).toBe("region");
    await page.getByText("From São Paulo to us-east-1 and back").waitFor();
    expect(await page.locator(".strip").innerText()).toMatch(
      /ms[\s\S]*fresh within \d+\.\d s[\s\S]*São Paulo, by us-east-1[\s\S]*position \d+[\s\S]*4 of 4 shards/,
    );
    expect(await page.locator(".pictures h3").first().innerText()).toMatch(/cat|tiger/i);
    await ask(page, "a big cat");
    expect(["isolate", "edge"]).toContain(await tierOf(page));
    expect(
      (await page.locator(".ledger .tier").allInnerTexts()).map((tier) => tier.replace(/^\W+/, "")),
    ).toEqual([await tierOf(page), "region"]);
    expect(await page.locator('[role="status"]').innerText()).toMatch(
      /^\d+ results from (isolate|edge)$/,
    );
    expect(offences).toEqual([]);
    await context.close();
  });

  test("the key leaves the address at once and outlives a reload; the query stays in the address", async () => {
    const { page, context } = await visit(browser, link("iad"));
    await ask(page, "sailing boat");
    expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?q=sailing\+boat$/);
    await page.reload();
    await page.locator(".pictures h3").first().waitFor();
    expect(await page.inputValue("#q")).toBe("sailing boat");
    expect(await page.content()).not.toContain("nf_read");
    await page.goBack();
    await page.getByText("Ask, and see the answer travel").waitFor();
    await context.close();
  });

  test("a picture finds itself; a document is not among its own likes", async () => {
    const { page, context } = await visit(browser, link("iad"));
    await page.setInputFiles('.tools input[type="file"]', await pictureFile("Tiger"));
    const first = page.locator(".pictures h3").first();
    await expectText(first, "Tiger");
    await page.locator(".picture .like").first().click();
    const parts = page.getByRole("list", { name: "Parts of the query" });
    await parts.getByText("like Tiger", { exact: true }).waitFor();
    await page.getByRole("button", { name: /^Remove the picture/ }).click();
    await page.waitForURL(/\?like=[^&]+$/);
    await until(
      async () => (await first.innerText()) !== "Tiger",
      10_000,
      () => "the picture is still among its likes",
    );
    await page.getByRole("button", { name: "Remove Tiger" }).click();
    await page.getByText("Ask, and see the answer travel").waitFor();
    expect(await page.locator(".part").count()).toBe(0);
    await context.close();
  });

  test("/ goes to the words, Escape clears them and the results", async () => {
    const { page, context } = await visit(browser, link("iad"));
    await page.locator(".brand").focus();
    await page.keyboard.press("/");
    await page.keyboard.type("guitar");
    await page.keyboard.press("Enter");
    await page.locator(".pictures h3").first().waitFor();
    await page.keyboard.press("Escape");
    expect(await page.inputValue("#q")).toBe("");
    await page.getByText("Ask, and see the answer travel").waitFor();
    await context.close();
  });
});

describe("answers", () => {
  test("an answer names its maker, and its chips open the cited passage in place", async () => {
    const { page, context } = await visit(browser, link("iad"));
    await ask(page, "countries that export coffee");
    await page.getByRole("button", { name: "Answer this from the passages" }).click();
    await page.getByText("Extractive: sentences are quoted from the sources").waitFor();
    const chip = page.locator(".chip").first();
    await chip.click();
    expect(await chip.getAttribute("aria-expanded")).toBe("true");
    const sentence =
      (await page.locator(".quotes li .tied").first().locator("..").innerText()).split("\n")[0] ??
      "";
    expect(sentence).toContain(await page.locator(".quote mark").innerText());
    await page.getByRole("heading", { name: "Cited", exact: true }).waitFor();
    await context.close();
  });
});

describe("places", () => {
  test("what is added is found at once, and at another location too", async () => {
    const { page, context } = await visit(browser, link("gru", "write"));
    await page.locator(".add > summary").click();
    await page.fill('.add [name="title"]', "Purple submarine regatta");
    await page.fill(
      '.add [name="text"]',
      "The purple submarine regatta is held under the ice each spring.",
    );
    await page.locator(".add form button").click();
    await page.getByText("Durable at position").waitFor();
    await page.getByRole("button", { name: "Search for it" }).click();
    await expectText(page.locator(".passages h3").first(), "Purple submarine regatta");
    await page.locator(".city").click();
    await page.getByRole("link", { name: /Singapore/ }).click();
    await page.waitForURL((url) => url.href.startsWith(link("sin").split("#")[0] ?? ""));
    await expectText(page.locator(".passages h3").first(), "Purple submarine regatta");
    expect(await page.locator(".city").innerText()).toContain("Singapore");
    expect(page.url()).not.toContain("key=");
    await context.close();
  });

  test("a key that only reads is offered no writing", async () => {
    const { page, context } = await visit(browser, link("iad"));
    await ask(page, "violin");
    expect(await page.getByText("Add a document").count()).toBe(0);
    await context.close();
  });

  test("a region that can't be reached is struck through, and the answer says who answered instead", async () => {
    const { page, context } = await visit(browser, link("gru"));
    await twin.control("POST", "/links/gru->us-east-1", { mode: "cut" });
    try {
      await ask(page, "an instrument that nobody asked for yet");
      // The next nearest as a rule; on a busy machine it may have been slow, and the third answers.
      await page.getByText("us-east-1 can't be reached, so").waitFor();
      expect(await page.locator(".strip").innerText()).toMatch(
        /São Paulo, by (eu-central-1|ap-southeast-1)\s[\s\S]*us-east-1 can't be reached, so \1 answered\./,
      );
      await page.locator(".region-mark.dead").waitFor({ state: "attached" });
    } finally {
      await mend();
    }
    await context.close();
  });

  test("where no region answers: what happened, its code and id; older results stay; trying again mends it", async () => {
    const { page, context } = await visit(browser, link("gru"));
    await ask(page, "harp");
    const before = await page.locator(".pictures h3").allInnerTexts();
    await cut();
    try {
      await page.fill("#q", "harps that nobody asked for yet");
      await page.press("#q", "Enter");
      const trouble = page.locator(".trouble");
      await trouble.waitFor();
      expect(await trouble.innerText()).toMatch(/[a-z]+-[a-z]+[\s\S]*[0-9a-f]{8}-[0-9a-f]{4}/);
      expect(await page.locator(".pictures h3").allInnerTexts()).toEqual(before);
    } finally {
      await mend();
    }
    await page.getByRole("button", { name: "Try again", exact: true }).click();
    await page.locator(".trouble").waitFor({ state: "detached" });
    await context.close();
  });
});

describe("another collection", () => {
  test("is chosen beside the query, stays in the address, and offers its own fields", async () => {
    const client = await twin.client("iad");
    await client.createCollection({ name: "rich", fields: { colour: "string" } });
    await client.putDocuments({
      collection: "rich",
      documents: [
        { id: "1", title: "Lemons", text: "A sour fruit.", metadata: { colour: "yellow" } },
      ],
    });
    const { page, context, offences } = await visit(browser, link("iad"));
    await ask(page, "a sour fruit");
    await page
      .getByLabel("Collection")
      .locator("option", { hasText: "rich" })
      .waitFor({ state: "attached" });
    await page.getByLabel("Collection").selectOption("rich");
    await page.getByRole("heading", { name: "Lemons" }).waitFor();
    expect(page.url()).toMatch(/\?q=a\+sour\+fruit&collection=rich$/);
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByLabel("Field").selectOption("colour");
    await page.reload();
    await page.getByRole("heading", { name: "Lemons" }).waitFor();
    expect(await page.getByLabel("Collection").inputValue()).toBe("rich");
    await page.goBack();
    await page.waitForURL(/\?q=a\+sour\+fruit$/);
    await page.locator(".pictures h3").first().waitFor();
    expect(offences).toEqual([]);
    await context.close();
  });
});

describe("freshness", () => {
  test("where no region is fresh enough an older answer is offered, and says its age", async () => {
    const { page, context } = await visit(browser, link("iad"));
    await ask(page, "pears");
    await twin.control("POST", "/links/*->log", { mode: "cut" });
    try {
      const older = page.getByRole("button", { name: "Show what there is, however old" });
      const asked = async (n: number) => {
        await page.fill("#q", `pears that nobody asked for, ${n}`);
        await page.press("#q", "Enter");
        await page.locator(".hairline.busy").waitFor({ state: "detached" });
        return older.isVisible();
      };
      let n = 0;
      await until(
        () => asked(n++),
        40_000,
        () => "every answer was fresh",
      );
      await older.click();
      await page.locator(".trouble").waitFor({ state: "detached" });
      expect(await page.locator(".strip").innerText()).toMatch(
        /fresh within [\d,.]+ s|freshness unknown/,
      );
    } finally {
      await twin.control("DELETE", "/links/*->log");
    }
    await context.close();
  });
});

describe("rules", () => {
  test("the shell is there before any script", async () => {
    const { page, context } = await visit(browser, link("iad"), "wide", "light", false);
    expect(await page.locator(".brand").innerText()).toContain("nearfield");
    expect(await page.locator(".map .land").count()).toBe(1);
    await context.close();
  });

  test("the API's documentation works under the page's own policy", async () => {
    const { page, context, offences } = await visit(browser, link("iad"));
    await page.getByRole("link", { name: "API" }).click();
    await page.locator(".opblock").first().waitFor();
    expect(offences).toEqual([]);
    await context.close();
  });
});

describeCompositeQueries(() => ({ browser, url: link("iad") }));
describeExplanations(() => ({ browser, url: link("iad") }));
describeAccessibleStates(
  () => ({ browser, url: link("gru", "write"), cut, mend }),
  [
    ["wide", "light"],
    ["narrow", "dark"],
  ],
);

async function expectText(
  locator: { readonly innerText: () => Promise<string> },
  text: string,
): Promise<void> {
  await until(
    async () => (await locator.innerText()).replace(/^\d+\s*/, "") === text,
    20_000,
    () => `the first hit is not ${text}`,
  );
}
