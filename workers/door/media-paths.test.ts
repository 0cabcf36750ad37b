import { expect, test } from "vitest";
import { MediaPaths } from "./media-paths.ts";

const HOUR_MS = 3_600_000;
const media = { hash: "ab".repeat(32), type: "image/png", width: 3, height: 2 };
let nowMs = 1_764_000_000_000;
const paths = new MediaPaths("a secret of at least 32 characters", () => nowMs);

function open(path: string) {
  const url = new URL(path, "http://here");
  return paths.verify(url.pathname.split("/").at(-1) ?? "", url.searchParams);
}

test("a path that we signed opens that picture, for that tenant", () => {
  const { url, thumbnailUrl } = paths.sign("t", media);
  expect(open(url)).toEqual({ tenant: "t", hash: media.hash, rendition: "original" });
  expect(open(thumbnailUrl)).toEqual({ tenant: "t", hash: media.hash, rendition: "thumbnail" });
});

test("nothing of a path can be changed", () => {
  const { url } = paths.sign("t", media);
  expect(open(url.replace("tenant=t", "tenant=u"))).toBeNull();
  expect(open(url.replace("original", "thumbnail"))).toBeNull();
  expect(open(url.replace("abab", "abac"))).toBeNull();
  expect(open(url.replace(/expires=\d/, "expires=9"))).toBeNull();
  expect(open(url.replace(/signature=./, "signature=x"))).toBeNull();
  expect(open(url.split("?")[0] ?? "")).toBeNull();
});

test("a path expires after one to two days, and is the same all day, so that what it names can be kept", () => {
  const { url } = paths.sign("t", media);
  nowMs += HOUR_MS;
  const sameDay =
    Math.floor(nowMs / (24 * HOUR_MS)) === Math.floor((nowMs - HOUR_MS) / (24 * HOUR_MS));
  if (sameDay) expect(paths.sign("t", media).url).toBe(url);
  nowMs += 23 * HOUR_MS;
  expect(open(url)).not.toBeNull();
  nowMs += 25 * HOUR_MS;
  expect(open(url)).toBeNull();
});

test("another secret signs other paths", () => {
  const { url } = new MediaPaths("another secret of 32 characters ..", () => nowMs).sign(
    "t",
    media,
  );
  expect(open(url)).toBeNull();
});
