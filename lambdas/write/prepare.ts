import type { LaidOutCollection } from "../../shared/contracts/collection.ts";
import { digestFor, type SettledSpace } from "../../shared/contracts/space.ts";
import type { DocumentInput } from "../../shared/contracts/document.ts";
import { Problem, type ProblemError } from "../../shared/contracts/problems.ts";
import { fieldPath, findDottedKey, readField } from "../../shared/domain/field-value.ts";
import { splitPassages, type Passage } from "../../shared/domain/passages.ts";
import { toUnitVector } from "../../shared/domain/vector.ts";
import { decodeVector } from "../../shared/std/bytes.ts";

/** A document that has passed every check which needs no model, and what is still to be embedded of it. */
export interface PreparedDocument {
  readonly id: string;
  readonly input: DocumentInput;
  readonly passages: readonly Passage[];
  /** What the text model reads, one per passage; empty where no space takes texts. */
  readonly textsToEmbed: readonly string[];
  /** Base64 of the picture, where the document has one. */
  readonly picture: string | null;
  /** Vectors that the caller brought, at unit length; they belong to the first passage. */
  readonly given: Readonly<Record<string, Float32Array>>;
}

/**
 * Checks documents against their collection: all are good, or none is taken.
 * @throws Problem `invalid-request` or `invalid-vector` with a pointer to each offence
 */
export function prepareDocuments(
  record: LaidOutCollection,
  inputs: readonly DocumentInput[],
  ids: readonly string[],
): PreparedDocument[] {
  const errors: ProblemError[] = [];
  const vectorErrors: ProblemError[] = [];
  const prepared = inputs.map((input, index) => {
    const at = `/documents/${index}`;
    errors.push(...metadataErrors(record, input, at));
    const { given, offences } = readVectors(record.spaces, input, at);
    vectorErrors.push(...offences);
    const passages = splitPassages(input.text ?? "");
    const document = {
      id: ids[index] ?? "",
      input,
      passages,
      given,
      picture: input.image?.base64 ?? null,
    };
    const texts = textsToEmbed(record, input, passages, given);
    if (texts.length === 0 && !takesPicture(record, input) && Object.keys(given).length === 0) {
      errors.push({ pointer: at, message: "nothing here fills any of the collection's spaces" });
    }
    return { ...document, textsToEmbed: texts };
  });
  if (vectorErrors.length > 0)
    throw new Problem("invalid-vector", "Mend the vectors; nothing was written.", {
      errors: vectorErrors.slice(0, 20),
    });
  if (errors.length > 0)
    throw new Problem("invalid-request", "Mend the documents; nothing was written.", {
      errors: errors.slice(0, 20),
    });
  return prepared;
}

/** What the text model reads of a document, one a passage; nothing where no space takes texts but those whose vector was brought. */
export function textsToEmbed(
  record: LaidOutCollection,
  input: Pick<DocumentInput, "title">,
  passages: readonly Passage[],
  given: PreparedDocument["given"],
): string[] {
  return wantsTexts(record, given) ? textsOf(input, passages) : [];
}

/** A title says what a passage is about, so the text model reads it with each passage that does not hold it already. */
function textsOf(input: Pick<DocumentInput, "title">, passages: readonly Passage[]): string[] {
  const title = input.title?.trim() ?? "";
  if (passages.length === 0) return title === "" ? [] : [title];
  return passages.map(({ text }) =>
    title === "" || text.includes(title) ? text : `${title}\n${text}`,
  );
}

function wantsTexts(
  record: LaidOutCollection,
  given: Readonly<Record<string, Float32Array>>,
): boolean {
  return Object.entries(record.spaces).some(
    ([name, space]) => digestFor(space, "text") !== null && !Object.hasOwn(given, name),
  );
}

function takesPicture(record: LaidOutCollection, input: DocumentInput): boolean {
  return (
    input.image !== undefined &&
    Object.values(record.spaces).some((space) => digestFor(space, "image") !== null)
  );
}

/** What of a document's metadata is not of the type that the collection declares. */
export function metadataErrors(
  record: LaidOutCollection,
  { metadata }: Pick<DocumentInput, "metadata">,
  at: string,
): ProblemError[] {
  return Object.entries(record.fields).flatMap(([name, type]) => {
    const dotted = findDottedKey(metadata, name);
    if (dotted !== null) {
      const pointer = `${at}/metadata/${dotted.path.join("/")}`;
      return [{ pointer, message: `write it as ${dotted.instead}` }];
    }
    const reading = readField(metadata, name, type);
    if (reading.kind !== "wrong") return [];
    const pointer = `${at}/metadata/${fieldPath(name).join("/")}`;
    return [{ pointer, message: reading.message }];
  });
}

function readVectors(
  spaces: Readonly<Record<string, SettledSpace>>,
  { vectors }: DocumentInput,
  at: string,
) {
  const given: Record<string, Float32Array> = {};
  const offences: ProblemError[] = [];
  for (const [name, wire] of Object.entries(vectors ?? {})) {
    const pointer = `${at}/vectors/${name}`;
    const space = Object.hasOwn(spaces, name) ? spaces[name] : undefined;
    const raw = typeof wire === "string" ? decodeVector(wire) : Float32Array.from(wire);
    const unit = raw === null ? null : toUnitVector(raw);
    if (space === undefined)
      offences.push({
        pointer,
        message: `the collection's spaces are ${Object.keys(spaces).join(", ")}`,
      });
    else if (raw === null)
      offences.push({ pointer, message: "base64 of little-endian float32 is needed" });
    else if (raw.length !== space.dimension)
      offences.push({
        pointer,
        message: `${space.dimension} dimensions are needed, not ${raw.length}`,
      });
    else if (unit === null)
      offences.push({ pointer, message: "finite values, not all zero, are needed" });
    else given[name] = unit;
  }
  return { given, offences };
}
