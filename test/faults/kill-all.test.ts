import { testKillAll } from "./kill-all.ts";

testKillAll("js");
