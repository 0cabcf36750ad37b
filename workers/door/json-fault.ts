import { printParseErrorCode, visit, type ParseErrorCode } from "jsonc-parser";
import { LIMITS } from "../../shared/contracts/limits.ts";

/** Ends a visit. */
class Found extends Error {
  readonly words: string | null;

  constructor(words: string | null) {
    super("found");
    this.words = words;
  }
}

/**
 * Where a text stops being JSON, and what is wrong there, without repeating any of it; null where that can't be told, as in what
 * is nested deeper than JSON of ours may be.
 */
export function faultOf(text: string): string | null {
  let depth = 0;
  const open = () => {
    depth += 1;
    if (depth > LIMITS.jsonDepthMax) throw new Found(null);
  };
  const close = () => {
    depth -= 1;
  };
  try {
    visit(
      text,
      {
        onObjectBegin: open,
        onArrayBegin: open,
        onObjectEnd: close,
        onArrayEnd: close,
        onError: (code, _offset, _length, line, character) => {
          throw new Found(`line ${line + 1}, column ${character + 1}: ${wordsOf(code)}`);
        },
      },
      { disallowComments: true },
    );
  } catch (error) {
    if (error instanceof Found) return error.words;
    throw error;
  }
  return null;
}

/** `CommaExpected` as `comma expected`. */
function wordsOf(code: ParseErrorCode): string {
  return printParseErrorCode(code)
    .replaceAll(/(?<=[a-z])[A-Z]/g, (capital) => ` ${capital}`)
    .toLowerCase();
}
