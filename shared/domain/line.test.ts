import fc from "fast-check";
import { expect, test } from "vitest";
import {
  covers,
  lastInCommon,
  lineAfter,
  lineOfOneTerm,
  standing,
  standingToHead,
  type Line,
  type TermStart,
} from "./line.ts";
import { nextChain, originPoint, parseToken, tokenOf, type Point } from "./point.ts";

const incarnation = "abcdefghij01";

/** Every history that a log went through: each promotion keeps a part of what was there and goes on in the next term. */
interface Story {
  /** Points of each line, from its origin; a later line begins with a part of the one before. */
  readonly lines: readonly (readonly Point[])[];
}

const steps = fc.array(fc.record({ written: fc.nat(5), lost: fc.nat(4) }), {
  minLength: 1,
  maxLength: 6,
});

function tell(story: readonly { readonly written: number; readonly lost: number }[]): Story {
  const lines: Point[][] = [];
  let line: Point[] = [originPoint(incarnation, 1)];
  for (const [i, { written, lost }] of story.entries()) {
    const kept = Math.max(1, line.length - (i === 0 ? 0 : lost));
    line = line.slice(0, kept);
    for (let n = 0; n < written; n++) {
      const before = line.at(-1) as Point;
      const chain = nextChain(before.chain, `${i} ${before.position + 1}`);
      line.push({ term: i + 1, position: before.position + 1, chain });
    }
    lines.push([...line]);
  }
  return { lines };
}

/** As a region learns it: entry by entry, in batches. */
function lineAt(points: readonly Point[], batch: number): Line {
  let line: Line = { ...lineOfOneTerm(points[0] as Point), terms: [] };
  for (let at = 1; at < points.length; at += batch)
    line = lineAfter(line, points.slice(at, at + batch));
  return line;
}

const isOn = (points: readonly Point[], of: Point) =>
  points.some(
    ({ term, position, chain }) =>
      term === of.term && position === of.position && chain === of.chain,
  );

test("a point is covered by a line if it lies on it, whatever was promoted and lost", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 3 }), (story, batch) => {
      const { lines } = tell(story);
      for (const points of lines)
        for (let end = 0; end < points.length; end++) {
          const prefix = points.slice(0, end + 1);
          const line = lineAt(prefix, batch);
          for (const other of lines.flat()) expect(covers(line, other)).toBe(isOn(prefix, other));
        }
    }),
    { numRuns: 200 },
  );
});

test("a token of the line that has yet to come is behind, one of a lost tail never becomes covered", () => {
  fc.assert(
    fc.property(steps, (story) => {
      const { lines } = tell(story);
      const last = lines.at(-1) as readonly Point[];
      for (let end = 0; end < last.length; end++) {
        const line = lineAt(last.slice(0, end + 1), 2);
        for (const point of lines.flat()) {
          const token = parseToken(tokenOf(incarnation, point));
          if (token === null) throw new Error("a token that we made is one");
          const stands = standing(line, token);
          if (isOn(last, point)) expect(stands).toBe(point.position <= end ? "covered" : "behind");
          else expect(stands).not.toBe("covered");
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("what a region holds is level with the log's end, behind it, or lost; and it is known from where", () => {
  fc.assert(
    fc.property(steps, (story) => {
      const { lines } = tell(story);
      const log = lines.at(-1) as readonly Point[];
      const head = log.at(-1) as Point;
      const { terms } = lineAt(log, 1);
      for (const points of lines)
        for (const held of points) {
          const stands = standingToHead(held, { head, terms });
          if (!isOn(log, held)) expect(stands).toBe("lost");
          else expect(stands).toBe(held.position === head.position ? "level" : "behind");
          const common = lastInCommon(held, { head, terms });
          const shared = points
            .slice(0, held.position + 1)
            .filter((point) => isOn(log, point)).length;
          expect(common).toBe(shared - 1);
        }
    }),
    { numRuns: 200 },
  );
});

test("a log whose end is gone has nothing in common behind its end", () => {
  const point = (term: number, position: number): Point => ({ term, position, chain: "00" });
  const terms = [
    { term: 1, first: 1 },
    { term: 2, first: 90 },
  ];
  expect(lastInCommon(point(1, 89), { head: point(1, 80), terms })).toBe(80);
});

const line: Line = lineAt(tell([{ written: 8, lost: 0 }]).lines[0] ?? [], 3);

test("the same position with another history is off the line", () => {
  const token = parseToken(`${incarnation}.1.8.00000000`);
  if (token === null) throw new Error("it is one");
  expect(standing(line, token)).toBe("off-line");
});

test("a term that the line never had is off it; one that it does not know yet is behind", () => {
  const terms: TermStart[] = [
    { term: 1, first: 1 },
    { term: 3, first: 5 },
  ];
  const point = { ...line.point, term: 3 };
  const at = (term: number, position: number) =>
    standing({ point, terms, recent: [] }, { term, position, chain8: "00000000" });
  expect([at(2, 4), at(2, 5), at(1, 5), at(3, 4), at(1, 9)]).toEqual(
    Array.from({ length: 5 }, () => "off-line"),
  );
  expect([at(1, 4), at(3, 5)]).toEqual(["covered", "covered"]);
  expect([at(4, 1), at(3, 9)]).toEqual(["behind", "behind"]);
});

test("what was held before there were several terms has a line of one", () => {
  const { point } = line;
  const old = lineOfOneTerm(point);
  expect(standing(old, { term: 1, position: 3, chain8: "12345678" })).toBe("covered");
  expect(standing(old, { term: 1, position: 9, chain8: "12345678" })).toBe("behind");
});

test("of very many terms and positions the newest are known", () => {
  const story = Array.from({ length: 300 }, () => ({ written: 1, lost: 0 }));
  const points = tell(story).lines.at(-1) ?? [];
  const long = lineAt(points, 7);
  expect(long.terms).toHaveLength(256);
  expect(long.recent).toHaveLength(32);
  expect(covers(long, points[299] as Point)).toBe(true);
  expect(covers(long, points[3] as Point)).toBe(false);
});
