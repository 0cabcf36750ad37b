import { startMilvusStore } from "./store-engines.ts";
import { describeStore } from "./store-suite.ts";

describeStore("milvus", startMilvusStore);
