import { expect, test } from "vitest";
import { embedTexts } from "./embed-texts.ts";

const TEXTS = Array.from({ length: 150 }, (_, i) => `text ${i}`);
const vectorOf = (text: string) => Float32Array.from([text.length, Number(text.split(" ")[1])]);

/** An embedder that stops answering after so many texts, and a cache that remembers. */
function partsThatStopAfter(textsMax: number) {
  const kept = new Map<string, Float32Array>();
  const asked: string[] = [];
  let left = textsMax;
  return {
    asked,
    allow: (more: number) => (left += more),
    embedder: {
      model: async () => ({ digest: "d", dimension: 2, textTower: null }),
      embed: async (_: string, inputs: readonly object[]) => {
        if (inputs.length > left) throw new Error("out of time");
        left -= inputs.length;
        const texts = inputs.map((input) => ("text" in input ? String(input.text) : ""));
        asked.push(...texts);
        return { digest: "d", vectors: texts.map(vectorOf), refused: [], pictures: [] };
      },
    },
    cache: {
      vectors: async (names: readonly string[]) => names.map((name) => kept.get(name) ?? null),
      keepVectors: async (vectors: readonly { name: string; vector: Float32Array }[]) => {
        for (const { name, vector } of vectors) kept.set(name, vector);
      },
    },
  };
}

test("of many texts, what was embedded before the time was up is not embedded again", async () => {
  const parts = partsThatStopAfter(128);
  const { signal } = new AbortController();
  await expect(embedTexts(parts, TEXTS, signal)).rejects.toThrow("out of time");
  parts.allow(22);
  const { vectors, digest } = await embedTexts(parts, TEXTS, signal);
  expect(digest).toBe("d");
  expect(vectors).toEqual(TEXTS.map(vectorOf));
  expect(parts.asked).toEqual(TEXTS);
});
