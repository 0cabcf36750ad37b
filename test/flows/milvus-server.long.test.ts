import { startMilvusServer } from "../suites/milvus-server.ts";
import { describeMilvusJourneys } from "./milvus-journeys.ts";

describeMilvusJourneys("on the full Milvus 2.3.5", startMilvusServer, { words: false });
