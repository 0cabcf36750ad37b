import { sha256Hex } from "../std/bytes.ts";

const MODULUS = 1n << 256n;

/**
 * Digest of a set of texts that does not depend on their order: the sum of their SHA-256, modulo 2^256. It finds damage and
 * difference, not forgery: who may choose the texts can make two sets of one sum.
 *
 * @see Bellare, Micciancio: "A New Paradigm for Collision-Free Hashing: Incrementality at Reduced Cost", 1997 (AdHASH)
 */
export class ContentDigest {
  #sum = 0n;

  add(text: string): void {
    this.#sum = (this.#sum + BigInt(`0x${sha256Hex(text)}`)) % MODULUS;
  }

  /** Adds what another digest has counted. @param hex as `hex` gives it */
  addDigest(hex: string): void {
    this.#sum = (this.#sum + BigInt(`0x${hex}`)) % MODULUS;
  }

  /** 64 hex digits. */
  hex(): string {
    return this.#sum.toString(16).padStart(64, "0");
  }
}
