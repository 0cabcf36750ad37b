import { geoNaturalEarth1, type GeoProjection } from "d3-geo";

/** Twice the size at which the map is drawn, so that whole numbers are half pixels. */
export const MAP_WIDTH = 768;
export const MAP_HEIGHT = 356;
/** Natural Earth is 5.47 wide at scale 1. */
const SCALE = MAP_WIDTH / 5.47;
/** Turned so far that the cut runs through the Bering Strait, not through Chukotka. */
const TURN_DEGREES = -11;
/** The equator lies below the middle: nobody asks from Antarctica. */
const EQUATOR_Y = 218;

/** The map's projection: the build draws the land with it, the page everything else. */
export function mapProjection(): GeoProjection {
  return geoNaturalEarth1()
    .scale(SCALE)
    .rotate([TURN_DEGREES, 0])
    .translate([MAP_WIDTH / 2, EQUATOR_Y])
    .clipExtent([
      [0, 0],
      [MAP_WIDTH, MAP_HEIGHT],
    ]);
}
