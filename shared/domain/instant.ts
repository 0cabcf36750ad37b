const WRITTEN =
  /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d{2}):?(\d{2})))?$/;

/**
 * A moment as ISO 8601 writes it, in milliseconds since 1970. A date alone is its midnight in UTC; a time needs its zone.
 * What is finer than a millisecond is cut off.
 *
 * @returns null for anything else: no zone, a 30th of February, a leap second, years past 9999
 */
export function parseInstant(text: string): number | null {
  const match = WRITTEN.exec(text);
  if (match === null) return null;
  const [, date = "", hour = "00", minute = "00", second = "00", fraction = ""] = match;
  const [sign = "+", zoneHours = "00", zoneMinutes = "00"] = match.slice(6);
  if (Number(zoneHours) > 23 || Number(zoneMinutes) > 59) return null;
  const local = `${date}T${hour}:${minute}:${second}.${fraction.padEnd(3, "0").slice(0, 3)}Z`;
  const localMs = Date.parse(local);
  // A day or hour that does not exist is either not parsed or rolled over to the next.
  if (Number.isNaN(localMs) || new Date(localMs).toISOString() !== local) return null;
  const zoneMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return sign === "-" ? localMs + zoneMs : localMs - zoneMs;
}
