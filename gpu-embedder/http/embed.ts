import type { HonoRequest } from "hono";
import {
  type EmbedError,
  EmbedRequest,
  type EmbedResponse,
  type EmbeddedPicture,
  type Modality,
} from "../../shared/contracts/embedder.ts";
import { Problem, type ProblemError } from "../../shared/contracts/problems.ts";
import { encodeVector } from "../../shared/std/bytes.ts";
import type { ModelInfo } from "../models/model-info.ts";
import type { Deadline } from "../queue/deadline.ts";
import type { PictureOutcome } from "../queue/picture-lane.ts";
import { embedTexts } from "../queue/text-lane.ts";
import type { EmbedderDeps } from "./deps.ts";
import { readBody, requestDeadline } from "./request-input.ts";

/** `POST /embed`: nearfield's own form, compact and with an outcome for each input. */
export async function embed(deps: EmbedderDeps, request: HonoRequest): Promise<EmbedResponse> {
  const deadline = requestDeadline(deps, request);
  const body = await readBody(EmbedRequest, request);
  const info = chooseModel([deps.text.info, deps.image.info], body.model);
  switch (info.modality) {
    case "text":
      return embedTextInputs(deps, inputsOf(body, "text"), deadline);
    case "image":
      return embedImageInputs(deps, inputsOf(body, "image"), body.thumbnails, deadline);
  }
}

/** The model of that role or id. Throws `not-found`. */
export function chooseModel(models: readonly ModelInfo[], name: string): ModelInfo {
  const found = models.find((model) => model.modality === name || model.id === name);
  if (found === undefined)
    throw new Problem("not-found", "GET /models lists the models that are loaded.");
  return found;
}

async function embedTextInputs(
  deps: EmbedderDeps,
  texts: readonly string[],
  deadline: Deadline,
): Promise<EmbedResponse> {
  const { id, digest, dimension } = deps.text.info;
  const { vectors, tokens } = await embedTexts(deps.text, texts, deadline);
  return { model: id, digest, dimension, vectors: vectors.map(encodeVector), errors: [], tokens };
}

async function embedImageInputs(
  deps: EmbedderDeps,
  images: readonly string[],
  thumbnails: boolean,
  deadline: Deadline,
): Promise<EmbedResponse> {
  const { id, digest, dimension } = deps.image.info;
  const files = images.map((image) => Buffer.from(image, "base64"));
  const outcomes = await deps.image.embed(files, { thumbnails }, deadline);
  const errors = outcomes.flatMap((outcome, index): EmbedError[] =>
    "vector" in outcome ? [] : [{ index, code: outcome.code, message: outcome.message }],
  );
  refuseIfAllFailed(errors, outcomes.length);
  return {
    model: id,
    digest,
    dimension,
    vectors: outcomes.map((outcome) => ("vector" in outcome ? encodeVector(outcome.vector) : null)),
    errors,
    pictures: outcomes.map(describePicture),
    tokens: 0,
  };
}

/** A call of which nothing came is a failed call, with the first input's status: most calls are one picture. */
function refuseIfAllFailed(errors: readonly EmbedError[], inputs: number): void {
  const [first] = errors;
  if (first === undefined || errors.length < inputs) return;
  const pointers = errors.map(({ index, message }): ProblemError => ({
    pointer: `/inputs/${index}`,
    message,
  }));
  throw new Problem(first.code, first.message, { errors: pointers });
}

function describePicture(outcome: PictureOutcome): EmbeddedPicture | null {
  if (!("vector" in outcome)) return null;
  const { type, width, height, thumbnail } = outcome.picture;
  return {
    type,
    width,
    height,
    ...(thumbnail === null ? {} : { thumbnail: Buffer.from(thumbnail).toString("base64") }),
  };
}

function inputsOf(body: EmbedRequest, modality: Modality): string[] {
  const errors: ProblemError[] = [];
  const inputs = body.inputs.map((input, index) => {
    if (modality === "text" && "text" in input) return input.text;
    if (modality === "image" && "image" in input) return input.image;
    errors.push({
      pointer: `/inputs/${index}`,
      message: `Model ${body.model} takes {"${modality}": ...}`,
    });
    return "";
  });
  if (errors.length > 0)
    throw new Problem(
      "invalid-request",
      "Send texts to the text model and pictures to the picture model.",
      { errors },
    );
  return inputs;
}
