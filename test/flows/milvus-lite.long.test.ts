import { milvusAt, startMilvusLite } from "../suites/milvus-lite.ts";
import { describeMilvusJourneys } from "./milvus-journeys.ts";

describeMilvusJourneys(
  "on milvus-lite, or the server that NEARFIELD_MILVUS names",
  async () => {
    const given = process.env["NEARFIELD_MILVUS"];
    return given === undefined ? startMilvusLite() : milvusAt(given);
  },
  { words: true },
);
