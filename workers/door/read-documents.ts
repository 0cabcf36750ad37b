import { CollectionName } from "../../shared/contracts/collection.ts";
import { PutDocumentsRequest } from "../../shared/contracts/document.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { parse } from "../../shared/contracts/parse.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { toBase64 } from "../../shared/std/bytes.ts";
import { decodeUtf8, parseJson, readBytes } from "./read-body.ts";

/**
 * NDJSON: one document a line; collection, waitFor and deadlineMs come from the URL's query.
 * @throws Problem with a pointer that counts documents from 0
 */
export async function readNdjson(request: Request): Promise<PutDocumentsRequest> {
  const text = decodeUtf8(await readBytes(request, LIMITS.bodyBytesMax));
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > LIMITS.documentsPerRequestMax)
    throw new Problem("limit-exceeded", `Send at most ${LIMITS.documentsPerRequestMax} documents.`);
  return parse(
    PutDocumentsRequest,
    { ...queryFields(request), documents: lines.map((line) => parseJson(line)) },
    "the lines",
  );
}

/**
 * Multipart: a part `documents` with a JSON list (or `document` with one), and pictures as file parts named by the index of
 * their document (`image`, or `image0`, `image1` ...). Names and declared types of files are ignored: the bytes decide.
 */
export async function readMultipart(request: Request): Promise<PutDocumentsRequest> {
  const bytes = await readBytes(request, LIMITS.bodyBytesMax);
  const form = await new Response(bytes, {
    headers: { "content-type": request.headers.get("content-type") ?? "" },
  })
    .formData()
    .catch((cause: unknown) => {
      throw new Problem("invalid-request", "The body is not multipart/form-data.", { cause });
    });
  const documents = readList(form);
  for (const [name, part] of form.entries()) {
    const index = /^image(0|[1-9]\d{0,3})?$/.exec(name);
    if (index === null && (name === "document" || name === "documents")) continue;
    if (index === null)
      throw invalid(
        `/${name.slice(0, 64)}`,
        "parts are named documents (or document), and image, image0, image1 ...",
      );
    const document = documents[Number(index[1] ?? "0")];
    if (document === undefined) throw invalid(`/${name}`, "there is no document of that index");
    if (typeof part === "string") throw invalid(`/${name}`, "a file is needed");
    document["image"] = { base64: toBase64(new Uint8Array(await part.arrayBuffer())) };
  }
  return parse(PutDocumentsRequest, { ...queryFields(request), documents }, "the parts");
}

function readList(form: FormData): Record<string, unknown>[] {
  const [one, many] = [form.get("document"), form.get("documents")];
  const text = typeof many === "string" ? many : typeof one === "string" ? `[${one}]` : null;
  if (text === null) return [{}];
  const list = parseJson(text);
  if (!Array.isArray(list)) throw invalid("/documents", "a JSON list is needed");
  return list.map((item: unknown, index) => {
    if (typeof item !== "object" || item === null || Array.isArray(item))
      throw invalid(`/documents/${index}`, "an object is needed");
    return { ...item };
  });
}

function queryFields(request: Request): Record<string, unknown> {
  const query = new URL(request.url).searchParams;
  const deadlineMs = query.get("deadlineMs");
  return {
    collection: parse(CollectionName, query.get("collection"), "the query parameter collection"),
    ...(query.has("waitFor") ? { waitFor: query.get("waitFor") } : {}),
    ...(deadlineMs === null ? {} : { deadlineMs: Number(deadlineMs) }),
  };
}

function invalid(pointer: string, message: string): Problem {
  return new Problem("invalid-request", "Mend the parts of the body.", {
    errors: [{ pointer, message }],
  });
}
