import { describeLog } from "./log-suite.ts";

describeLog("js");
