import { describeTrim } from "./trim-laws.ts";

describeTrim("/usr/bin/redis-server");
