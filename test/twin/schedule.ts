/**
 * Invokes a function by schedule; an invocation that is still under way lets the next ones pass.
 *
 * @param onFailure hears of what an invocation fails with
 */
export function schedule<Op extends string>(
  invoke: (event: { readonly op: Op }) => Promise<unknown>,
  op: Op,
  everyMs: number,
  onFailure: (error: unknown) => void,
): NodeJS.Timeout {
  let underWay = false;
  return setInterval(() => {
    if (underWay) return;
    underWay = true;
    invoke({ op })
      .catch(onFailure)
      .finally(() => {
        underWay = false;
      });
  }, everyMs);
}

/** One line on stderr for an invocation that failed. */
export function logFailure(name: string, error: unknown): void {
  const said = error instanceof Error ? error.stack : String(error);
  process.stderr.write(
    `${JSON.stringify({ event: "invocation-failed", function: name, error: said })}\n`,
  );
}
