import { describeWatchList } from "./watch-list-suite.ts";

describeWatchList("js");
