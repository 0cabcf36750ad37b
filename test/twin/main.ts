/** `npm start`: the whole of nearfield on this machine. */
import { rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import path from "node:path";
import { nodeListener } from "../../gpu-embedder/http/node-listener.ts";
import { NearfieldOperator } from "../../shared/client/nearfield-operator.ts";
import { openSecrets, type Secrets } from "./keys.ts";
import { launchTwin, type Twin } from "./launch.ts";
import { createControl } from "./links/control.ts";
import { readOptions, type TwinOptions } from "./options.ts";
import { ProcessTable } from "./orphans.ts";
import { welcome, writeReport } from "./report.ts";
import { seedDemo } from "./seed.ts";
import type { SupervisedChild } from "./supervise.ts";

const PARENT_LOOK_MS = 500;

const options = readOptions(process.argv);
const children: SupervisedChild[] = [];
const ending = new AbortController();
const table = new ProcessTable(options.state);
/** Whether the state folder is this process' to write into. */
let owned = false;

try {
  await run(options);
} catch (error) {
  if (!ending.signal.aborted) {
    process.stderr.write(
      `\nnearfield did not start: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    await end(1);
  }
}

async function run(asked: TwinOptions): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => void end(0));
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || void end(0), PARENT_LOOK_MS).unref();
  await openState(asked);
  await requireStore(asked.store);
  const secrets = await openSecrets(asked.state);
  const changed = { report: () => undefined as void };
  const twin = await launchTwin({
    options: asked,
    secrets,
    say: (step) => process.stdout.write(`  ${step} ...\n`),
    onChange: () => changed.report(),
    onChild: (child) => children.push(child),
  });
  const control = await serveControl(twin);
  changed.report = () => {
    table.record(pidsOf(twin));
    writeReport(asked.state, twin, secrets.adminKey, secrets.readKey, control);
  };
  table.record(pidsOf(twin));
  await greet(asked, twin, secrets, () => changed.report());
}

/** The state folder, with nothing in it that an earlier twin left running. */
async function openState(asked: TwinOptions): Promise<void> {
  await mkdir(path.join(asked.state, "logs"), { recursive: true }).catch((cause: unknown) => {
    throw new Error(
      `${asked.state} can't be used as the state folder: give another with --state.`,
      { cause },
    );
  });
  const running = table.running();
  if (running !== null)
    throw new Error(
      `A twin with this state runs already (process ${running}): end it, or give another --state.`,
    );
  const orphans = table.endOrphans();
  if (orphans > 0)
    process.stdout.write(`  ended ${orphans} processes that an earlier twin left behind\n`);
  owned = true;
  if (asked.reset) await rm(asked.state, { recursive: true, force: true });
  await mkdir(path.join(asked.state, "logs"), { recursive: true });
  await rm(path.join(asked.state, "twin.json"), { force: true });
  table.record([process.pid]);
}

/** Says where everything is as soon as something can be found; the rest of the demo loads behind it. */
async function greet(
  asked: TwinOptions,
  twin: Twin,
  secrets: Secrets,
  report: () => void,
): Promise<void> {
  let greeted = false;
  const greetOnce = async () => {
    if (greeted) return;
    greeted = true;
    report();
    process.stdout.write(await welcome(asked, twin, secrets));
  };
  if (!asked.demo) return greetOnce();
  const client = new NearfieldOperator({
    url: twin.locations[0]?.url ?? "",
    key: secrets.adminKey,
  });
  await seedDemo(client, process.stdout, greetOnce, ending.signal);
  process.stdout.write("  the demo is complete.\n");
}

/** A Milvus that is named has to be there: what leans on it would only say so one by one, and late. */
async function requireStore(store: string): Promise<void> {
  if (!store.startsWith("milvus=")) return;
  const address = store.slice("milvus=".length);
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect({ host: hostname, port: Number(port), timeout: 3_000 });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    for (const event of ["error", "timeout"] as const)
      socket.once(event, () =>
        reject(
          new Error(
            `Nothing answers at ${address}: start Milvus there, or give its address with --store milvus=HOST:PORT.`,
          ),
        ),
      );
  }).finally(() => socket.destroy());
}

async function serveControl(twin: Twin): Promise<string> {
  const find = (name: string) => children.find((child) => child.spec.name === name);
  const app = createControl(twin.links, {
    list: () =>
      children.map(({ spec, pid }) => ({ name: spec.name, kind: spec.kind, url: spec.url, pid })),
    hold: async (name) => find(name)?.hold(),
    release: async (name) => find(name)?.release(),
    signal: (name, signal) => find(name)?.signal(signal),
  });
  const server = createServer(
    nodeListener(app.fetch, (error) => process.stderr.write(`control: ${String(error)}\n`)),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Every process of the twin, those included that its children started. */
function pidsOf(twin: Twin): number[] {
  const workerds = Object.values(
    (twin.edge.words["pids"] as Record<string, number> | undefined) ?? {},
  );
  const engines = twin.redis.map(({ child }) => Number(child.words["enginePid"] ?? 0));
  return [process.pid, ...children.map(({ pid }) => pid ?? 0), ...workerds, ...engines].filter(
    (pid) => pid > 0,
  );
}

async function end(code: number): Promise<void> {
  if (ending.signal.aborted) return;
  ending.abort(new Error("the twin is ending"));
  // The edge first: it asks the regions; they ask the embedders and Redis.
  const [edge, others] = [
    children.filter(({ spec }) => spec.kind === "edge"),
    children.filter(({ spec }) => spec.kind !== "edge"),
  ];
  await Promise.all(edge.map((child) => child.stop()));
  await Promise.all(others.map((child) => child.stop()));
  if (owned) rmSync(path.join(options.state, "twin.json"), { force: true }); // It says "ready".
  process.exit(code);
}
