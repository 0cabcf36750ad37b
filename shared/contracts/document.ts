import { z } from "zod";
import { utf8Length } from "../std/bytes.ts";
import { CollectionName } from "./collection.ts";
import { LIMITS } from "./limits.ts";

/** Any text of 1 to 512 UTF-8 bytes, kept as it is: NFC and NFD twins are two ids. */
export const DocumentId = z
  .string()
  .min(1)
  .check(({ value, issues }) => {
    if (utf8Length(value) <= LIMITS.documentIdBytesMax) return;
    const maximum = LIMITS.documentIdBytesMax;
    issues.push({
      code: "too_big",
      origin: "string",
      maximum,
      message: `at most ${maximum} bytes`,
      input: value,
    });
  })
  .refine((id) => id.isWellFormed(), "no lone surrogates")
  .meta({ id: "DocumentId" });

/** Standard base64; its content is judged by the embedder, from its bytes. */
export const InlinePicture = z
  .strictObject({
    base64: z
      .string()
      .regex(/^[A-Za-z0-9+/]+={0,2}$/, "standard base64 is needed")
      .max(Math.ceil((LIMITS.pictureBytesMax * 4) / 3) + 4),
  })
  .meta({ id: "InlinePicture" });

/** A vector as numbers, or as base64 of little-endian float32. */
export const WireVector = z
  .union(
    [
      z.array(z.number()).min(1).max(LIMITS.dimensionMax),
      z
        .string()
        .min(1)
        .max(Math.ceil((LIMITS.dimensionMax * 16) / 3) + 4),
    ],
    `1 to ${LIMITS.dimensionMax} numbers, or their base64`,
  )
  .meta({ id: "Vector" });
export type WireVector = z.output<typeof WireVector>;

export const Metadata = z
  .record(z.string().min(1).max(64), z.json())
  .refine(
    (metadata) => utf8Length(JSON.stringify(metadata)) <= LIMITS.metadataBytesMax,
    `at most ${LIMITS.metadataBytesMax} bytes of JSON`,
  )
  .meta({ id: "Metadata" });
export type Metadata = z.output<typeof Metadata>;

export const DocumentInput = z
  .strictObject({
    id: DocumentId.optional().describe("Made from the idempotency key where missing"),
    title: z.string().max(LIMITS.titleCharsMax).optional(),
    text: z.string().max(LIMITS.documentTextCharsMax).optional(),
    image: InlinePicture.optional(),
    metadata: Metadata.optional(),
    vectors: z
      .record(z.string(), WireVector)
      .optional()
      .describe(
        "Vectors by space, where the caller brings them; a document's first passage has them, the others of a long text have none there",
      ),
    ifPosition: z
      .int()
      .min(0)
      .optional()
      .describe(
        "Only where the document is at this position; 0: only where there is none. Else it stays as it is, and the request is refused with 412",
      ),
  })
  .refine(
    (d) => d.text !== undefined || d.image !== undefined || d.vectors !== undefined,
    "text, image or vectors are needed",
  )
  .meta({ id: "DocumentInput" });
export type DocumentInput = z.output<typeof DocumentInput>;

export const WaitFor = z
  .union([
    z.enum(["log", "primary", "all"]),
    z
      .string()
      .regex(/^regions:[1-9]\d?$/, "log, primary, all, or regions:N")
      .transform((text) => text as `regions:${number}`),
  ])
  .describe(
    "log: durable; primary: also readable there; `regions:2`: readable in as many regions; all: in every region",
  );
export type WaitFor = z.output<typeof WaitFor>;

export const PutDocumentsRequest = z
  .strictObject({
    collection: CollectionName,
    documents: z
      .array(DocumentInput)
      .min(1)
      .max(LIMITS.documentsPerRequestMax)
      .describe(
        "Written in their order: of several of one id the last stays, as if they came one request after the other",
      ),
    waitFor: WaitFor.default("primary"),
    deadlineMs: z
      .int()
      .min(LIMITS.deadlineMsMin)
      .max(LIMITS.deadlineMsMax)
      .default(LIMITS.deadlineMsMax),
  })
  .meta({ id: "PutDocumentsRequest" });
export type PutDocumentsRequest = z.output<typeof PutDocumentsRequest>;

export const WriteReply = z
  .strictObject({
    ids: z.array(z.string()),
    /** Last position of the request's entries. */
    position: z.int().min(0),
    applied: z
      .boolean()
      .describe("false: durable, but not readable yet in as many regions as were waited for"),
    regions: z.array(z.string()).describe("Regions in which it is known to be readable"),
    more: z
      .boolean()
      .optional()
      .describe("Of a deletion by filter: whether it finds more, which another request deletes"),
    repeated: z.boolean().describe("true: the idempotency key was known, nothing was written anew"),
    region: z.string(),
    requestId: z.string(),
  })
  .meta({ id: "WriteReply" });
export type WriteReply = z.output<typeof WriteReply>;

/** A picture of a document. `url` and `thumbnailUrl` are paths at the location that answered, signed, expiring. */
export const Media = z
  .strictObject({
    hash: z.string(),
    type: z.string(),
    width: z.int(),
    height: z.int(),
    url: z.string(),
    thumbnailUrl: z.string(),
  })
  .meta({ id: "Media" });
export type Media = z.output<typeof Media>;

/** Media as the log and the store hold it: the edge adds the signed paths. */
export const StoredMedia = z.strictObject({
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  type: z.string(),
  width: z.int(),
  height: z.int(),
});
export type StoredMedia = z.output<typeof StoredMedia>;

/** A document as it is read back. */
export const Document = z
  .strictObject({
    id: z.string(),
    title: z.string().optional(),
    text: z.string().optional(),
    metadata: Metadata.optional(),
    media: Media.optional(),
    position: z.int().min(0).describe("Log position of the write that made this version"),
  })
  .meta({ id: "Document" });
export type Document = z.output<typeof Document>;

export const ListReply = z
  .strictObject({
    documents: z.array(Document),
    cursor: z.string().nullable().describe("Hand it back for the next page; null at the end"),
    servedPosition: z.int().min(0),
    region: z.string(),
    requestId: z.string(),
  })
  .meta({ id: "ListReply" });
export type ListReply = z.output<typeof ListReply>;
