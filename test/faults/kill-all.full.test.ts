import { testKillAll } from "./kill-all.ts";

testKillAll("js");
testKillAll("/usr/bin/redis-server");
