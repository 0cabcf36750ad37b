import { Hono } from "hono";
import { z } from "zod";
import { Fault, NO_FAULT } from "./fault.ts";
import type { HttpLink } from "./http-link.ts";

/** What control may do to the twin's processes. */
export interface ProcessControl {
  list(): readonly {
    readonly name: string;
    readonly kind: string;
    readonly url: string;
    readonly pid: number | null;
  }[];
  /** Kills the process and keeps it down. */
  hold(name: string): Promise<void>;
  release(name: string): Promise<void>;
  signal(name: string, signal: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): void;
}

const Signal = z.strictObject({ signal: z.enum(["SIGKILL", "SIGTERM", "SIGSTOP", "SIGCONT"]) });

/** The twin's control API: faults at its links, signals to its processes. Link names may hold `*`. */
export function createControl(links: readonly HttpLink[], processes: ProcessControl): Hono {
  const app = new Hono();
  const matching = (name: string) => {
    const pattern = new RegExp(`^${name.split("*").map(escapeRegExp).join(".*")}$`);
    return links.filter((link) => pattern.test(link.name));
  };
  const named = (name: string) => processes.list().some((one) => one.name === name);

  // A page in a browser can send a request here, though not read the answer: it tells where it comes from.
  app.use(async (context, next) => {
    if (context.req.header("origin") !== undefined)
      return context.json(refusal(403, "forbidden", "Not from a browser."), 403);
    return next();
  });
  app.get("/links", (context) =>
    context.json(
      links.map(({ name, url, rttMs, fault, requests }) => ({
        name,
        url,
        rttMs,
        fault,
        requests,
      })),
    ),
  );
  app.post("/links/:name", async (context) => {
    const fault = Fault.safeParse(await context.req.json().catch(() => null));
    if (!fault.success)
      return context.json(
        refusal(
          400,
          "invalid-request",
          "A fault is {mode, extraDelayMs, reorderWindow, duplicate, only}.",
        ),
        400,
      );
    const found = matching(context.req.param("name"));
    if (found.length === 0)
      return context.json(refusal(404, "not-found", "GET /links lists the links."), 404);
    for (const link of found) link.fault = fault.data;
    return context.json({ links: found.map(({ name }) => name) });
  });
  app.delete("/links/:name", (context) => {
    const found = matching(context.req.param("name"));
    for (const link of found) link.fault = NO_FAULT;
    return context.json({ links: found.map(({ name }) => name) });
  });
  app.get("/processes", (context) => context.json(processes.list()));
  app.post("/processes/:name/:action", async (context) => {
    const { name, action } = context.req.param();
    if (!named(name))
      return context.json(refusal(404, "not-found", "GET /processes lists the processes."), 404);
    if (action === "hold") await processes.hold(name);
    else if (action === "release") await processes.release(name);
    else {
      const body = Signal.safeParse(await context.req.json().catch(() => null));
      if (action !== "signal" || !body.success)
        return context.json(
          refusal(400, "invalid-request", "POST hold, release, or signal {signal}."),
          400,
        );
      processes.signal(name, body.data.signal);
    }
    return context.json({ name, action });
  });
  return app;
}

function refusal(status: number, code: string, hint: string): object {
  return { type: `urn:nearfield:problem:${code}`, title: code, status, code, hint };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
}
