import type { SettledSpace, Space } from "../../shared/contracts/space.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import { planIndex } from "../../shared/domain/index-plan.ts";
import type { Embedder, ModelInfo } from "../ports/embedder.ts";

/**
 * The spaces of a new collection, with this region's models.
 * @throws Problem `invalid-request`, with a pointer, for what a model can't do; `embedder-unavailable`
 */
export async function settleSpaces(
  embedder: Pick<Embedder, "model">,
  spaces: Readonly<Record<string, Space>>,
  signal: AbortSignal,
): Promise<Record<string, SettledSpace>> {
  const settled = Object.entries(spaces).map(
    async ([name, space]): Promise<[string, SettledSpace]> => {
      const info = space.model === "none" ? null : await embedder.model(space.model, signal);
      return [name, settle(`/spaces/${name}`, space, info)];
    },
  );
  return Object.fromEntries(await Promise.all(settled));
}

function settle(at: string, space: Space, info: ModelInfo | null): SettledSpace {
  const { model, dimension, metric, weight, combine } = space;
  const settledDimension = info?.dimension ?? dimension;
  if (settledDimension === undefined)
    throw refusal(`${at}/dimension`, "a dimension is needed where model is none");
  if (info !== null && dimension !== undefined && dimension !== info.dimension)
    throw refusal(`${at}/dimension`, `model ${model} has ${info.dimension} dimensions`);
  const joint = checkModalities(at, space, info);
  if (combine === "average" && !joint)
    throw refusal(
      `${at}/combine`,
      "only a text and a picture of one space can be averaged: it needs the modalities text and image",
    );
  if (space.index !== undefined && space.budget !== undefined)
    throw refusal(
      `${at}/budget`,
      "an index is named, or chosen by a budget: leave one of both out",
    );
  const textDigest = joint ? info?.textTower : null;
  return {
    model,
    digest: info?.digest ?? null,
    dimension: settledDimension,
    metric,
    weight,
    ...(space.modalities === undefined ? {} : { modalities: space.modalities }),
    ...(textDigest === null || textDigest === undefined ? {} : { textDigest }),
    ...(combine === undefined ? {} : { combine }),
    index: planIndex(space, settledDimension),
  };
}

/** @returns whether texts and pictures meet in the space */
function checkModalities(
  at: string,
  { model, modalities }: Space,
  info: ModelInfo | null,
): boolean {
  if (modalities === undefined) return false;
  const refuse = (message: string) => refusal(`${at}/modalities`, message);
  if (model === "none")
    throw refuse("a space of model none holds the vectors that you bring: leave modalities out");
  if (!modalities.includes(model))
    throw refuse(`model ${model} is for ${model}: another space has another model`);
  if (modalities.length === 1) return false;
  if (model === "text")
    throw refuse(
      "the text model embeds no pictures: a joint space has model image, and texts enter it by its text tower",
    );
  if (info === null || info.textTower === null)
    throw refuse(
      "this region's picture model has no text tower: keep a space for texts beside it, and fuse the rankings",
    );
  return true;
}

function refusal(pointer: string, message: string): Problem {
  return new Problem("invalid-request", "Mend the spaces.", { errors: [{ pointer, message }] });
}
