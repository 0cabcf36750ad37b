/** For /v1/status: one short question to each part. @returns which of them answered */
export async function probe(
  asks: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, boolean>>> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS_MAX)]);
  const verdicts = await Promise.all(
    Object.entries(asks).map(async ([part, ask]): Promise<[string, boolean]> => [
      part,
      await ask(limited).then(
        () => true,
        () => false,
      ),
    ]),
  );
  return Object.fromEntries(verdicts);
}

const PROBE_MS_MAX = 1_000;
