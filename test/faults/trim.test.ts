import { describeTrim } from "./trim-laws.ts";

describeTrim("js");
