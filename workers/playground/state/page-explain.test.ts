import { expect, test } from "vitest";
import { NearfieldClient } from "../../../shared/client/nearfield-client.ts";
import type { PlanExplanation } from "../../../shared/contracts/explain.ts";
import type { RetrieveReply } from "../../../shared/contracts/retrieve.ts";
import { EMPTY_DRAFT } from "./draft.ts";
import { Page } from "./page.ts";

const PLAN: PlanExplanation = {
  shards: { of: 1, asked: [0], because: "b" },
  depth: 10,
  rounds: 1,
  fuse: "ranks",
  legs: [],
  stages: {},
};

/** A page whose location answers with these scores, and explains where that is asked for. */
function open(scoreOf: (asked: number) => number) {
  const explains: boolean[] = [];
  const fetch = async (request: Request) => {
    const { explain = false } = (await request.json()) as { explain?: boolean };
    explains.push(explain);
    const score = scoreOf(explains.length);
    if (Number.isNaN(score))
      return Response.json({ code: "overloaded", hint: "H" }, { status: 503 });
    const body: RetrieveReply = {
      hits: [{ id: "d", score, matchedBy: ["text"] }],
      region: "us-east-1",
      location: "iad",
      tier: "region",
      servedPosition: 7,
      stalenessMs: 10,
      coverage: { shards: 1, answered: 1, missing: [] },
      requestId: `r${explains.length}`,
      ...(explain ? { explain: PLAN } : {}),
    };
    return Response.json(body, { headers: { "nearfield-request-id": body.requestId } });
  };
  const page = new Page(
    {
      connect: (key, _, onExchange) =>
        new NearfieldClient({ url: "http://edge.test", key, retriesMax: 0, onExchange, fetch }),
      nowMs: () => 0,
      keepAddress: () => undefined,
      keepHandOver: () => undefined,
    },
    { draft: EMPTY_DRAFT, pictureName: null, unread: [] },
    { key: "k", mayWrite: false, expected: null, position: null },
  );
  return { page, explains };
}

test("nobody pays for an explanation that nobody wants; it is asked for once, and the answer stays", async () => {
  const { page, explains } = open(() => 0.5);
  await page.search({ text: "a" });
  expect(explains).toEqual([false]);
  await Promise.all([page.explain(), page.explain()]);
  await page.explain();
  expect(explains).toEqual([false, true]);
  expect(page.state.shown).toMatchObject({
    reply: { requestId: "r1" },
    explained: { reply: { requestId: "r2", explain: PLAN }, exchange: { requestId: "r2" } },
  });
  expect(page.state.ledger).toHaveLength(1);
});

test("while it is looked at, searches bring it along; afterwards they no longer do", async () => {
  const { page, explains } = open(() => 0.5);
  await page.search({ text: "a" });
  await page.setExplaining(true);
  await page.search({ text: "b" });
  expect(page.state.shown?.explained?.reply.requestId).toBe(page.state.shown?.reply.requestId);
  await page.setExplaining(false);
  await page.search({ text: "c" });
  expect(explains).toEqual([false, true, true, false]);
});

test("where the data changed in between, the explained answer is the one that is shown", async () => {
  const { page } = open((asked) => asked / 10);
  await page.search({ text: "a" });
  await page.explain();
  expect(page.state.shown?.reply).toMatchObject({ requestId: "r2", hits: [{ score: 0.2 }] });
});

test("an explanation that fails says so, keeps the answer, and can be asked for again", async () => {
  const { page } = open((asked) => (asked === 2 ? Number.NaN : 0.5));
  await page.search({ text: "a" });
  await page.explain();
  expect(page.state).toMatchObject({
    trouble: { doing: "explain" },
    shown: { reply: { requestId: "r1" }, explained: null },
  });
  await page.explain();
  expect(page.state).toMatchObject({
    trouble: null,
    shown: { explained: { reply: { requestId: "r3" } } },
  });
});
