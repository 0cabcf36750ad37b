import { DIFFERENCES } from "./store-differences.ts";
import { startMilvusLiteStore } from "./store-engines.ts";
import { describeStore } from "./store-suite.ts";

describeStore("milvus-lite", startMilvusLiteStore, DIFFERENCES["milvus-lite"]);
