/** Every published limit, one constant each; they appear in /openapi.json through the schemas that use them. */
export const LIMITS = {
  bodyBytesMax: 4 * 1024 * 1024,
  jsonDepthMax: 32,
  /** Hits of one answer. */
  kMax: 1_000,
  offsetPlusKMax: 10_000,
  /** Hits read again by a reranker: each costs a run of its model. */
  rerankDepthMax: 100,
  /** Ids of near duplicates that a hit names. */
  foldedMax: 100,
  queryPartsMax: 16,
  queryTextCharsMax: 8_192,
  filterDepthMax: 8,
  filterNodesMax: 200,
  filterListMax: 1_000,
  filterStringCharsMax: 1_024,
  /** All values of a filter together: each leg of the fan-out reads the whole filter. */
  filterCharsMax: 65_536,
  documentIdBytesMax: 512,
  documentsPerRequestMax: 1_000,
  /** Documents that one deletion by filter takes. */
  deletedAtOnceMax: 10_000,
  /** Longest text of a document: all of it lies in one row of the store, of which Milvus takes 320 KB. */
  documentTextCharsMax: 40_000,
  titleCharsMax: 500,
  metadataBytesMax: 8 * 1024,
  spacesMax: 4,
  shardsMax: 16,
  /** Shard maps that a collection's record names: the newest, and those that a region may still be at. */
  shardMapsMax: 8,
  shardBoundCharsMax: 256,
  fieldsMax: 32,
  /** Names in the path of a nested field. */
  fieldPathNamesMax: 4,
  dimensionMax: 4_096,
  collectionsPerTenantMax: 100,
  /** A picture travels inside the function call until uploads go to the blob store. */
  pictureBytesMax: 3 * 1024 * 1024,
  deadlineMsMin: 50,
  deadlineMsMax: 30_000,
  maxStalenessMsMax: 3_600_000,
  /** Documents of one page of a listing. */
  pageMax: 1_000,
  idempotencyKeyCharsMax: 255,
  /** Reply of a region function: a Lambda call takes 6 MB. */
  replyBytesMax: 5_000_000,
  /** Request and reply of one Redis call. */
  redisCallBytesMax: 900 * 1024,
  /** One entry of the log in the log's Redis; a larger one lies in a segment. */
  inlineEntryBytesMax: 32 * 1024,
  /** Entries of one append in the log's Redis; larger ones lie in segments, all of them. */
  inlineAppendBytesMax: 256 * 1024,
  /** Bytes of the log that lie in one blob. */
  segmentBytesMax: 4 * 1024 * 1024,
  /** One entry of the log: what a segment holds. */
  logEntryBytesMax: 4 * 1024 * 1024,
  /** Entries of one append, and of one page of the log. */
  appendEntriesMax: 1_000,
  appendBytesMax: 8 * 1024 * 1024,
  /** Of one page of the log that lie in segments, where it has more than one entry: what is checked and applied at once, beside readers. */
  pulledBytesMax: 2 * 1024 * 1024,
  /** Bytes of a snapshot's part: what is in memory at once, and read again where one is damaged. */
  snapshotPartBytesMax: 4 * 1024 * 1024,
  snapshotPartsMax: 20_000,
  /** Snapshots that somebody asked for, of one collection. */
  snapshotsAskedMax: 16,
  /** An answer larger than this is not cached. */
  cachedAnswerCharsMax: 256 * 1024,
  /** Retrievals of one POST /v1/warm. */
  warmedQueriesMax: 100,
  /** Answers on the watch list of a collection in a region; the oldest give way. */
  watchedMax: 10_000,
  /** Their records together, in the region's Redis. */
  watchedBytesMax: 64 * 1024 * 1024,
  /** One record: an answer that needs more is not watched. */
  watchRecordBytesMax: 64 * 1024,
} as const;
