import path from "node:path";
import { fileURLToPath } from "node:url";
import { unstable_readConfig } from "wrangler";

const CONFIG = fileURLToPath(new URL("../../wrangler.toml", import.meta.url));

/** Of the Workers runtime, as deployed and as the twin has it. */
export const COMPATIBILITY_DATE = compatibilityDate();

function compatibilityDate(): string {
  const { compatibility_date } = unstable_readConfig({ config: path.normalize(CONFIG) });
  if (compatibility_date === undefined)
    throw new Error("wrangler.toml names no compatibility date");
  return compatibility_date;
}
