import { describeWatchList } from "./watch-list-suite.ts";

describeWatchList("/usr/bin/redis-server");
