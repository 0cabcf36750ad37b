import { afterAll, beforeAll, expect, test } from "vitest";
import { startTwin, until, type RunningTwin } from "../flows/start-twin.ts";
import { DEADLINE_MS, filled, shown, shownEverywhere } from "./delete-story.ts";

let twin: RunningTwin;

beforeAll(async () => {
  twin = await startTwin({ args: ["--wan", "off"] });
});
afterAll(async () => {
  await twin.stop();
  await twin.remove();
});

test("deleted, and everything killed at once: it stays deleted, and the name can be given again", async () => {
  const owner = await twin.client("iad", { session: true });
  await filled(owner, "old");
  expect(await shown(await twin.client("sin"), "strong")).toContain("old");
  await owner.deleteCollection("v");
  await twin.killAll();
  twin = await startTwin({ state: twin.state, args: ["--wan", "off"] });
  const answers = () => shownEverywhere(twin, "strong", 1);
  await until(
    async () => (await answers()).join() === "not-found",
    DEADLINE_MS,
    () => "it is not gone, or nothing can be read",
  );
  expect(await shownEverywhere(twin, "eventual", 2)).toEqual(["not-found"]);
  const again = await twin.client("sin", { session: true });
  await filled(again, "new");
  const [answer = "", ...others] = await shownEverywhere(twin, "strong", 1);
  expect(others).toEqual([]);
  expect(answer).toContain("new");
  expect(answer).not.toContain("old");
  await again.deleteCollection("v");
  await expect(again.deleteCollection("v")).rejects.toMatchObject({ code: "not-found" });
}, 60_000);
