import { describeHotList } from "./hot-list-suite.ts";

describeHotList("/usr/bin/redis-server");
