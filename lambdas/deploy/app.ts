/**
 * The CDK app: `npx aws-cdk@2.1148.1 deploy --app "node lambdas/deploy/app.ts" nearfield-<region>`, region by region, the primary last:
 * a region that reads a log must know every entry that the primary writes.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readRegionFile } from "./region-file.ts";
import { synthesise } from "./synthesise.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const outDir = process.env["CDK_OUTDIR"] ?? path.join(ROOT, "cdk.out");
const { missing } = await synthesise(readRegionFile(), path.join(ROOT, "dist/functions"), outDir);
if (missing !== null) throw new Error(missing);
