import { describeHotList } from "./hot-list-suite.ts";

describeHotList("js");
