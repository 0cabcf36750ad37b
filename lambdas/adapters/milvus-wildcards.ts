/** JSON field of a row: by column, what `withoutWildcards` makes of the texts that have wildcards. */
export const WILD = "wild";

/** Private characters (Unicode gives them no meaning); a lead and three digits stand for one character. */
const LEAD = "\ue000";
const DIGITS = ["\ue001", "\ue002"] as const;
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
  return text.replace(/[%_\\\ue000-\ue002]/g, (character) => {
    const number = REPLACED.indexOf(character);
    return LEAD + [4, 2, 1].map((bit) => DIGITS[(number & bit) === 0 ? 0 : 1]).join("");
  });
}
