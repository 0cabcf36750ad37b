import { describeSeals } from "./log-seal-suite.ts";

describeSeals("/usr/bin/redis-server");
