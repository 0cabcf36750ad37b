import { describeSeals } from "./log-seal-suite.ts";

describeSeals("js");
