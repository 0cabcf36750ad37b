import { describeAliases } from "./aliases-suite.ts";

describeAliases("/usr/bin/redis-server");
