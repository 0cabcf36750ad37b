import { spawn } from "node:child_process";

/** Output of a tool kept for its error, at most. */
const OUTPUT_CHARS_MAX = 20_000;
/** Lines of a failed tool's output that its error shows. */
const LINES_SHOWN = 8;

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/**
 * Runs a tool to its end.
 * @returns what it wrote to stdout and stderr, the end of it
 * @throws with the last lines of its output if it fails, can't be started or takes too long
 */
export function runTool(run: ToolRun): Promise<string> {
  const { command, args, cwd, env, timeoutMs } = run;
  const child = spawn(command, [...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (bytes: Buffer) => {
      output = (output + bytes.toString()).slice(-OUTPUT_CHARS_MAX);
    });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) return resolve(output);
      const ended = signal === null ? `exit code ${code ?? "unknown"}` : `ended by ${signal}`;
      reject(new Error(`${ended}: ${lastLines(output)}`));
    });
  });
}

function lastLines(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-LINES_SHOWN).join(" | ");
}
