import { geoStream, type GeoProjection } from "d3-geo";

type Coordinates = [longitude: number, latitude: number];

/**
 * The great circle between places as an SVG path, whole numbers only. Where the map's cut runs through it, it has two pieces.
 * d3's own `geoPath` measures areas too: it would be a thirtieth of the page's script.
 */
export function greatCirclePath(projection: GeoProjection, coordinates: Coordinates[]): string {
  let path = "";
  let command = "M";
  const nothing = () => undefined;
  const sink = {
    lineStart() {
      command = "M";
    },
    point(x: number, y: number) {
      path += `${command}${Math.round(x)},${Math.round(y)}`;
      command = "L";
    },
    lineEnd: nothing,
    polygonStart: nothing,
    polygonEnd: nothing,
  };
  geoStream({ type: "LineString", coordinates }, projection.stream(sink));
  return path;
}
