import { DIFFERENCES } from "./store-differences.ts";
import { startMilvusStore } from "./store-engines.ts";
import { describeStore } from "./store-suite.ts";

describeStore("milvus", startMilvusStore, DIFFERENCES.milvus);
