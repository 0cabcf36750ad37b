/** Uniform in [0, 1). */
export type Random = () => number;

/**
 * A seeded generator for tests, benchmarks and the twin: mulberry32.
 * @see Tommy Ettinger: "mulberry32", public domain, 2017
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

/** `length` characters of [a-z0-9], 5.17 bits each. */
export function randomName(length: number, random: Random): string {
  let name = "";
  for (let i = 0; i < length; i++) name += ALPHABET.charAt(Math.floor(random() * ALPHABET.length));
  return name;
}
