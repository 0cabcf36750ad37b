/** JSON field of a row: by column, what `withoutWildcards` makes of the texts that have wildcards. */
export const WILD = "wild";

/** A lead and three digits stand for one character. Of one byte each: a JSON field takes 64 KB, metadata may be 8 KB of `%`. */
const LEAD = "~";
const DIGITS = ["`", "@"] as const;
const REPLACED: readonly string[] = ["%", "_", "\\", LEAD, ...DIGITS];

/** Whether a text has characters that mean something in the pattern of a `like`. */
export function hasWildcards(text: string): boolean {
  return /[%_\\]/.test(text);
}

/**
 * The text with other characters in place of the wildcards, so that it stands for itself in a pattern. A text is a part of
 * another exactly if it is so after this: leads and digits stand for themselves nowhere, so a match can't begin within a group.
 */
export function withoutWildcards(text: string): string {
  return text.replace(/[%_\\~`@]/g, (character) => {
    const number = REPLACED.indexOf(character);
    return LEAD + [4, 2, 1].map((bit) => DIGITS[(number & bit) === 0 ? 0 : 1]).join("");
  });
}
