import { createRequire } from "node:module";
import type * as Arrow from "apache-arrow";

/**
 * Apache Arrow as LanceDB itself loads it. The package ships two copies of its classes, one for `import` and one for
 * `require`; LanceDB requires it, and takes tables made of the other copy apart and puts them together wrongly.
 */
export const arrow: typeof Arrow = createRequire(import.meta.url)("apache-arrow");
