import { createRequire } from "node:module";

/**
 * Apache Arrow as LanceDB itself loads it. The package ships two copies of its classes, one for `import` and one for
 * `require`; LanceDB requires it, and takes tables made of the other copy apart and puts them together wrongly.
 */
export const arrow: typeof import("apache-arrow") = createRequire(import.meta.url)("apache-arrow");
