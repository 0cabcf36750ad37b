import { execFile, spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { access, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { required } from "../../shared/std/assert.ts";
import { installPythonTool } from "../suites/python-tool.ts";
import { countOf, type AnnData } from "./ann-data.ts";
import type { Figure } from "./benchmark.ts";
import { figureOf } from "./figures.ts";
import { spread, values, type Round, type Rounds } from "./paired.ts";

/** Another engine with the same vectors, in a process of its own. */
export interface Peer {
  readonly name: string;
  /** Asks so many of the queries, one after another. */
  ask(queries: number, truth: readonly ReadonlySet<string>[]): Promise<Round>;
  figures(sides: Rounds<string>): readonly Figure[];
  end(): void;
}

const TOOLS = fileURLToPath(new URL("../../.nearfield/tools/", import.meta.url));
const USEARCH = "usearch@2.26.2";
const PYTHON = {
  name: "ann-peers",
  packages: ["chromadb==1.5.9", "qdrant-edge-py==0.9.0", "numpy"],
  command: "chroma",
};
export const PEERS_NOTE = `Peers: ${USEARCH}, ${PYTHON.packages.slice(0, 2).join(", ")}; 24 edges, breadth 300 at the build and 150 at a query, float32.`;
const INSTALL_MS_MAX = 240_000;

/** The peers that can be had here, with the vectors in them; why another can't be had is said. */
export async function openPeers(
  data: AnnData,
  k: number,
  say: (step: string) => void,
): Promise<readonly Peer[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "nearfield-peers-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, "documents.f32"), bytesOf(data.documents.matrix));
  await writeFile(path.join(folder, "queries.f32"), Buffer.concat(data.queries.map(bytesOf)));
  const sizes = [folder, String(countOf(data)), String(data.dimension), String(k)];
  const commands: Readonly<Record<string, () => Promise<readonly [string, string[]]>>> = {
    usearch: async () => {
      const script = fileURLToPath(new URL("ann-peer-usearch.ts", import.meta.url));
      return [process.execPath, [script, await installUsearch(), ...sizes]];
    },
    chromadb: async () => [await python(), [PEER_PY, "chromadb", ...sizes]],
    "qdrant-edge": async () => [await python(), [PEER_PY, "qdrant-edge", ...sizes]],
  };
  const peers: Peer[] = [];
  for (const [name, command] of Object.entries(commands)) {
    say(`${name}: installing it if need be, and building its index`);
    try {
      peers.push(await startPeer(name, ...(await command())));
    } catch (error) {
      say(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return peers;
}

const PEER_PY = fileURLToPath(new URL("ann-peer.py", import.meta.url));

async function python(): Promise<string> {
  return path.join(path.dirname(await installPythonTool(PYTHON)), "python");
}

async function installUsearch(): Promise<string> {
  const folder = path.join(TOOLS, "usearch");
  const there = await access(path.join(folder, "node_modules", "usearch")).then(
    () => true,
    () => false,
  );
  if (there) return folder;
  await mkdir(folder, { recursive: true });
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder];
  await promisify(execFile)("npm", [...args, USEARCH], { timeout: INSTALL_MS_MAX, cwd: folder });
  return folder;
}

async function startPeer(name: string, command: string, args: string[]): Promise<Peer> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const next = lines(child);
  const { buildS, rssMiB } = (await next()) as { buildS: number; rssMiB: number };
  return {
    name,
    async ask(queries, truth) {
      child.stdin?.write(`${queries}\n`);
      const { ids, ...round } = (await next()) as Record<string, number> & { ids: string[][] };
      const found = ids.map((of, i) => of.filter((id) => truth[i]?.has(id) === true).length);
      const wanted = truth.slice(0, queries).reduce((sum, { size }) => sum + size, 0);
      return { ...round, recall: found.reduce((sum, hits) => sum + hits, 0) / wanted };
    },
    figures: (sides) => {
      const rounds = required(sides[name], "the peer was measured");
      return [
        figureOf(`${name}: queries/s, one caller`, "/s", spread(values(rounds, "rate"))),
        figureOf(`${name}: recall@10`, "", spread(values(rounds, "recall"))),
        figureOf(`${name}: p50`, "ms", spread(values(rounds, "p50"))),
        { what: `${name}: load and build`, value: buildS, unit: "s" },
        { what: `${name}: memory when built`, value: rssMiB, unit: "MiB" },
      ];
    },
    end: () => void child.kill(),
  };
}

/** The child's lines of JSON, one after another. @returns what gives the next; it fails when the child ends */
function lines(child: ChildProcess): () => Promise<unknown> {
  const iterator = createInterface({ input: required(child.stdout, "it is piped") })[
    Symbol.asyncIterator
  ]();
  return async () => {
    const { done, value } = await iterator.next();
    if (done === true) throw new Error("it ended without an answer");
    return JSON.parse(value) as unknown;
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
