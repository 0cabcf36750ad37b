/** One JSON line an event: what went wrong, never what was asked. */
export function report(event: string, details: Readonly<Record<string, unknown>>): void {
  const error = details["error"];
  const said = error instanceof Error ? error.message : undefined;
  process.stderr.write(`${JSON.stringify({ event, ...details, error: said?.slice(0, 300) })}\n`);
}
