import { DIFFERENCES } from "./store-differences.ts";
import { startLanceDb, startMemory, startThroughReaders } from "./store-engines.ts";
import { describeStore } from "./store-suite.ts";

describeStore("memory", startMemory, DIFFERENCES.memory);
describeStore("lancedb", startLanceDb, DIFFERENCES.lancedb);
describeStore("lancedb through shard readers", startThroughReaders, DIFFERENCES.lancedb);
