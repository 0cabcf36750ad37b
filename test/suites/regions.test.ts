import { describeRegions } from "./regions-suite.ts";

describeRegions("js");
