import { describeLog } from "./log-suite.ts";

describeLog("/usr/bin/redis-server");
