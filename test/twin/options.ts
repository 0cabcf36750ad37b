import { Command, InvalidArgumentError } from "commander";
import path from "node:path";

export interface TwinOptions {
  /** First location's port; the others take the next ones. 0: any free ports. */
  readonly port: number;
  /** Absolute path of the state folder. */
  readonly state: string;
  readonly reset: boolean;
  readonly demo: boolean;
  readonly wan: "on" | "off";
  /** `lancedb`, or `milvus=host:port`. */
  readonly store: string;
  /** Copies of each shard; more than one are processes of their own, a reader each. */
  readonly shardReplicas: number;
}

/** Reads the command line; prints help or one clear line, and exits, where it can't be read. */
export function readOptions(argv: readonly string[]): TwinOptions {
  const program = new Command("npm start --")
    .description(
      "Runs the whole of nearfield on this machine: four edge locations, three regions, their embedders and Redis.",
    )
    .option(
      "--port <port>",
      "port of the first location; the other three take the next ones; 0: any free ports",
      readPort,
      8787,
    )
    .option("--state <dir>", "where data lives between runs", ".nearfield/twin")
    .option("--reset", "forget all data first", false)
    .option("--no-demo", "don't load the demo collection")
    .option("--wan <on|off>", "simulate the distance between places", readWan, "on")
    .option(
      "--store <store>",
      "lancedb, or milvus=HOST:PORT for a Milvus that runs already",
      readStore,
      "lancedb",
    )
    .option(
      "--shard-replicas <n>",
      "copies of each region's shards that searches are spread over, 1 to 4: for LanceDB each a process of its own",
      readReplicas,
      1,
    )
    .showHelpAfterError("(--help lists the options)")
    .parse([...argv]);
  const options = program.opts<Omit<TwinOptions, "state"> & { state: string }>();
  return { ...options, state: path.resolve(options.state) };
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_000)
    throw new InvalidArgumentError("A port from 0 to 65000 is needed.");
  return port;
}

function readReplicas(text: string): number {
  const replicas = Number(text);
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > 4)
    throw new InvalidArgumentError("A number from 1 to 4 is needed.");
  return replicas;
}

function readWan(text: string): "on" | "off" {
  if (text !== "on" && text !== "off") throw new InvalidArgumentError("Say on or off.");
  return text;
}

function readStore(text: string): string {
  if (!/^(lancedb|milvus=[^\s]+:\d+)$/.test(text))
    throw new InvalidArgumentError("Say lancedb, or milvus=HOST:PORT.");
  return text;
}
