/**
 * The words of a text, in order: runs of letters and digits, without regard to case and accents. For stores whose engine does not
 * fold accents by itself.
 */
export function foldedWords(text: string): string[] {
  return (
    text
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}
