import { startLanceDb, startMemory } from "./store-engines.ts";
import { describeStore } from "./store-suite.ts";

describeStore("memory", startMemory);
describeStore("lancedb", startLanceDb);
