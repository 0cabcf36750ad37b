import { expect, test } from "vitest";
import type { TermRegister } from "../../lambdas/ports/term-register.ts";

const signal = () => AbortSignal.timeout(30_000);

/** The contract of a term register. @param open as another process has it */
export function describeTermRegister(open: () => TermRegister): void {
  test("each term is above all that were known and all that were taken, also by another process", async () => {
    const take = (above: number) => open().take("aaaaaaaaaaaa", above, signal());
    expect([await take(1), await take(1), await take(7), await take(2)]).toEqual([2, 3, 8, 9]);
  });

  test("collections have terms of their own", async () => {
    expect(await open().take("bbbbbbbbbbbb", 1, signal())).toBe(2);
  });

  test("of many at once no two take the same term", async () => {
    const all = await Promise.all(
      Array.from({ length: 12 }, () => open().take("cccccccccccc", 1, signal())),
    );
    expect(new Set(all).size).toBe(all.length);
  });
}
