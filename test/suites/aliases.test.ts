import { describeAliases } from "./aliases-suite.ts";

describeAliases("js");
