/** A law of the port that an engine keeps otherwise. The suite asserts what is; docs quote these rows. */
export interface Difference {
  readonly law: string;
  readonly instead: string;
  readonly because: string;
}

export type StoreName = "memory" | "lancedb" | "milvus-lite" | "milvus";

/** The laws that a store's traits may say no to; the suite wants a row here for each no. */
export const TRAIT_LAWS = {
  snapshotReads: "a view is pinned",
  durable: "data outlives kill -9",
  lexical: "words find passages (BM25)",
  substrings: "filters find parts of a text",
} as const;

const TIES = {
  law: "ties at the k-th place are cut by (id, passage)",
  instead:
    "past 256 times k equally near passages, and somewhat more, the engine's own order decides",
  because:
    "the engine can't order ties: more are fetched until something farther shows, at most four times",
};

/** Of every server that speaks Milvus' protocol. */
const MILVUS: readonly Difference[] = [
  {
    law: TRAIT_LAWS.snapshotReads,
    instead:
      "a view shows the newest rows: hits may be newer than the position that the answer states",
    because: "Milvus has no versions to read at",
  },
  {
    law: "an older write never replaces a newer one",
    instead: "not within one process; a late writer of another process can",
    because:
      "Milvus writes nothing conditionally: rows are read, then written; the lease keeps writers apart",
  },
  {
    law: "a checkpoint is replaced by compare-and-set",
    instead:
      "by a claim that must be alone; a writer stopped for 10 s in the middle may win beside another",
    because: "Milvus writes nothing conditionally",
  },
  {
    law: "a batch is seen whole",
    instead: "100 documents, or 16 MB, at a time",
    because: "a call of Milvus takes 64 MB, and a query gives 16,384 rows",
  },
  {
    law: "k and bodies of any size",
    instead: "k at most 16,384; a body at most 327,675 bytes",
    because: "limits of a search, and of a text field, of which a body has five",
  },
  {
    law: "min(k, matches) and the nearest ones",
    instead:
      "both with the index FLAT; with a graph (HNSW, AUTOINDEX) the nearest at a recall of 0.98 to 1, and min(k, matches) where at most 20,000 rows match: short results are searched again with a larger ef, then row by row",
    because: "a graph is walked, and its way may not lead to all that match a filter",
  },
  {
    law: "words find passages, whatever the text's length",
    instead: "of a text with more than 65,535 bytes of words the first ones",
    because: "limit of a text field",
  },
  {
    law: "an exact search is exact",
    instead:
      "with a graph and more than 20,000 matching rows it is the widest walk, ef 32,768, and says so",
    because:
      "Milvus searches no other way than by the index, so rows are fetched and compared here",
  },
  TIES,
];

export const DIFFERENCES: Readonly<Record<StoreName, readonly Difference[]>> = {
  memory: [
    {
      law: TRAIT_LAWS.durable,
      instead: "everything is lost with the process",
      because: "it is the reference that the others are held to, not a store",
    },
    {
      law: "tombstones go after 24 h",
      instead: "they stay as long as the process",
      because: "it is short-lived",
    },
  ],
  lancedb: [
    {
      law: "min(k, matches) and the nearest ones",
      instead:
        "the count always; once a shard has 8,000 vectors in a space, recall 0.997 instead of 1",
      because: "a graph (HNSW) is walked; what falls short under a filter is scanned",
    },
    {
      law: "a view is readable for ever",
      instead: "for 10 minutes after its version was replaced",
      because: "old versions are deleted, to give their space back",
    },
    TIES,
  ],
  "milvus-lite": [
    {
      law: "what was acknowledged outlives kill -9",
      instead:
        "not what two processes wrote into one collection at the same moment; the lease keeps writers apart, and what is missing is applied again from the log",
      because:
        "milvus-lite 3.2.2 takes one writer a collection: two at once garble its write-ahead log, of which a restart reads the part before",
    },
    {
      law: "words are ranked by the statistics of the shard",
      instead:
        "by those of each segment, and of the rows in memory that match the filter: in two of them equal passages score differently",
      because: "milvus-lite 3.2.2 ranks each segment by itself, as its source says",
    },
    ...MILVUS,
  ],
  milvus: [
    {
      law: TRAIT_LAWS.lexical,
      instead: "before 2.5, a collection with `lexical` is refused at its creation",
      because: "it has no full-text search",
    },
    {
      law: TRAIT_LAWS.durable,
      instead: "not tried by a kill: only that a new client finds everything",
      because: "a server that is named is not ours to kill, and 2.3.5 takes a minute to come back",
    },
    {
      law: TRAIT_LAWS.substrings,
      instead: "before 2.5, `$contains` on a text is refused with `invalid-filter`",
      because: "its `like` knows beginnings only",
    },
    {
      law: "a row is seen whole",
      instead:
        "where a server has one vector field a collection: while a write goes on, its vectors are found some milliseconds before its body and fields are read",
      because:
        "each space is a Milvus collection of its own, and Milvus writes no two collections at once",
    },
    ...MILVUS,
  ],
};
