import { execFile } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const TOOLS = fileURLToPath(new URL("../../.nearfield/tools/", import.meta.url));
const INSTALL_MS_MAX = 240_000;

/** A server that Python's registry has. */
export interface PythonTool {
  /** Of the tool's folder. */
  readonly name: string;
  readonly packages: readonly string[];
  readonly command: string;
}

/**
 * Path of a tool's command, installed into a virtual environment of the checkout if it is not there yet.
 *
 * @throws with what is needed, where it can't be installed
 */
export async function installPythonTool({ name, packages, command }: PythonTool): Promise<string> {
  const environment = path.join(TOOLS, name);
  const file = path.join(environment, "bin", command);
  if (await exists(file)) return file;
  await mkdir(TOOLS, { recursive: true });
  // Paths inside an environment are absolute, so it can't be made elsewhere and moved; a half-made one has no command.
  await run(command, "python3", ["-m", "venv", "--clear", environment]);
  const python = path.join(environment, "bin", "python");
  await run(command, python, ["-m", "pip", "install", "-q", ...packages]);
  return file;
}

async function run(tool: string, command: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(command, args, { timeout: INSTALL_MS_MAX });
  } catch (error) {
    const said = error instanceof Error ? error.message.trim().split("\n").at(-1) : String(error);
    throw new Error(
      `${tool} needs python3 with venv and pip: ${command} ${args.slice(0, 3).join(" ")}: ${said ?? ""}`,
      { cause: error },
    );
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
