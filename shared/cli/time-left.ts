const MINUTE_S = 60;
const HOUR_S = 3_600;

/** `{eta_formatted}` of a bar, with words around it; nothing while it is not known how fast things go, and at the end. */
export function timeLeft(seconds: unknown): string {
  if (typeof seconds !== "number" || seconds <= 0) return "";
  if (seconds < MINUTE_S) return `, ${seconds}s left`;
  const [large, small, names] =
    seconds < HOUR_S
      ? [Math.floor(seconds / MINUTE_S), seconds % MINUTE_S, ["m", "s"]]
      : [Math.floor(seconds / HOUR_S), Math.floor((seconds % HOUR_S) / MINUTE_S), ["h", "m"]];
  return `, ${large}${names[0]}${String(small).padStart(2, "0")}${names[1]} left`;
}
