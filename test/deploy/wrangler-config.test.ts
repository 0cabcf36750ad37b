import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import { readRegionFile } from "../../lambdas/deploy/region-file.ts";
import { EdgeEnv } from "../../shared/contracts/edge-env.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ENVIRONMENTS = ["staging", "production"];

function config(environment: string) {
  return unstable_readConfig({ config: path.join(ROOT, "wrangler.toml"), env: environment });
}

function source(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

describe.each(ENVIRONMENTS)("wrangler.toml, %s", (environment) => {
  test("the edge accepts its variables, once the secrets are there", () => {
    const secrets = {
      NEARFIELD_CALLER_SECRET: "s".repeat(32),
      NEARFIELD_REDIS_TOKENS: JSON.stringify({ "us-east-1": "token" }),
      AWS_ACCESS_KEY_ID: "id",
      AWS_SECRET_ACCESS_KEY: "key",
    };
    const parsed = EdgeEnv.safeParse({ ...config(environment).vars, ...secrets });
    expect(parsed.error).toBeUndefined();
  });

  test("it has no secret", () => {
    const { vars } = config(environment);
    expect(Object.keys(vars).filter((name) => /SECRET|KEY|PASSWORD|TOKEN/.test(name))).toEqual([]);
  });

  test("its regions are those of regions.json, in the same places", () => {
    const parsed = EdgeEnv.shape.NEARFIELD_REGIONS.parse(
      config(environment).vars["NEARFIELD_REGIONS"],
    );
    const file = readRegionFile();
    const places = (regions: typeof parsed.regions | typeof file.regions) =>
      regions.map(({ name, latitude, longitude }) => ({ name, latitude, longitude }));
    expect(places(parsed.regions)).toEqual(places(file.regions));
    expect(parsed.primary).toBe(file.primary);
  });

  test("it runs the Workers runtime of the twin's date", () => {
    const date = /COMPATIBILITY_DATE = "([\d-]+)"/.exec(source("test/twin/launch.ts"))?.[1];
    expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(config(environment).compatibility_date).toBe(date);
  });

  test("it stands in for the same modules as the twin's bundle, by the same files", () => {
    const twin = /alias: \{ (\w+): path\.join\(ROOT, "([^"]+)"\) \}/.exec(
      source("test/twin/bundle.ts"),
    );
    expect(twin).not.toBeNull();
    const { alias } = config(environment);
    expect(Object.keys(alias ?? {})).toEqual([twin?.[1]]);
    const file = Object.values(alias ?? {}).map((target) => path.resolve(ROOT, String(target)));
    expect(file).toEqual([path.join(ROOT, twin?.[2] ?? "")]);
  });

  test("the page comes through the worker, as in the twin", () => {
    expect(config(environment).assets).toMatchObject({ binding: "ASSETS", run_worker_first: true });
    expect(source("test/twin/edge.ts")).toContain("invoke_user_worker_ahead_of_assets: true");
  });
});
