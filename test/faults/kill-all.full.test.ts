import { testKillAll } from "./kill-all.ts";

testKillAll("/usr/bin/redis-server");
