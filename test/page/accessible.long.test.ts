import { afterAll, beforeAll } from "vitest";
import { describeAccessibleStates } from "./accessible-states.ts";
import { startPageWorld, type PageWorld } from "./page-world.ts";

// The other two of the four looks: `npm run test:full` has each width and each theme once.
let world: PageWorld;
beforeAll(async () => {
  world = await startPageWorld();
});
afterAll(() => world.end());

describeAccessibleStates(
  () => ({ ...world, url: world.link("gru", "write") }),
  [
    ["wide", "dark"],
    ["narrow", "light"],
  ],
);
