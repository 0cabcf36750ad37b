import { build } from "esbuild";
import { Log, LogLevel, Miniflare } from "miniflare";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** It reads what it was sent: workerd ends a connection of which a body was left unread. */
const SOURCE = `
import { Hono } from "hono";
const app = new Hono();
app.post("/v1/retrieve", async (c) => {
  await c.req.text();
  return c.body(c.env.BODY, 200, { "content-type": "application/json" });
});
export default app;
`;

export interface BareRoute {
  readonly url: string;
  end(): Promise<void>;
}

/**
 * A Worker of one Hono route that returns given bytes, in a workerd of its own: what serving them costs without nearfield.
 * @param assetsPath puts Miniflare's asset router in front, as the twin has it; null for none
 */
export async function startBareRoute(
  body: string,
  compatibilityDate: string,
  assetsPath: string | null,
): Promise<BareRoute> {
  const { outputFiles } = await build({
    stdin: { contents: SOURCE, resolveDir: ROOT },
    bundle: true,
    format: "esm",
    minify: true,
    conditions: ["workerd", "worker", "browser"],
    write: false,
    logLevel: "error",
  });
  const miniflare = new Miniflare({
    modules: true,
    script: outputFiles[0]?.text ?? "",
    compatibilityDate,
    host: "127.0.0.1",
    port: 0,
    bindings: { BODY: body },
    log: new Log(LogLevel.ERROR),
    ...(assetsPath === null
      ? {}
      : {
          assets: {
            directory: assetsPath,
            binding: "ASSETS",
            routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
          },
        }),
  });
  const url = await miniflare.ready;
  return { url: new URL("/v1/retrieve", url).href, end: () => miniflare.dispose() };
}
