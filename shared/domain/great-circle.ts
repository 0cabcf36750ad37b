export interface Place {
  /** Degrees, north positive. */
  readonly latitude: number;
  /** Degrees, east positive. */
  readonly longitude: number;
}

const EARTH_RADIUS_KM = 6_371;

/** Length in km of the great circle between two places: the haversine formula. */
export function greatCircleKm(a: Place, b: Place): number {
  const radians = Math.PI / 180;
  const dLatitude = (b.latitude - a.latitude) * radians;
  const dLongitude = (b.longitude - a.longitude) * radians;
  const h =
    Math.sin(dLatitude / 2) ** 2 +
    Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * Math.sin(dLongitude / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Light in fibre covers 200 km in a millisecond; cables run about 1.4 times the great circle. */
const FIBRE_KM_PER_MS = 200;
const CABLE_DETOUR = 1.4;
/** Switching and the last mile, a round trip. */
const FIXED_MS = 2;

/** Estimated round trip in ms over a distance, before anything was measured. */
export function estimatedRttMs(distanceKm: number): number {
  return FIXED_MS + (2 * distanceKm * CABLE_DETOUR) / FIBRE_KM_PER_MS;
}
