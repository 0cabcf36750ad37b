import { describeRegions } from "./regions-suite.ts";

describeRegions("/usr/bin/redis-server");
