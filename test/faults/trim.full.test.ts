import { describeTrim } from "./trim-laws.ts";

describeTrim("js");
describeTrim("/usr/bin/redis-server");
