import { execFile, spawnSync } from "node:child_process";
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A small disk of its own. */
export interface Tmpfs {
  readonly folder: string;
  /** Fills it up, but for so many bytes. */
  fill(leavingBytes: number): Promise<void>;
  /** Gives the room back. */
  free(): Promise<void>;
  /** Unmounts it: all in it is gone. */
  remove(): Promise<void>;
}

/**
 * Mounts one, as root or by a sudo that asks for nothing; it goes with this process at the latest.
 * @returns null where neither may
 */
export async function mountTmpfs(folder: string, mebibytes: number): Promise<Tmpfs | null> {
  await mkdir(folder, { recursive: true });
  const uid = process.getuid?.() ?? 0;
  const prefix = uid === 0 ? [] : ["sudo", "-n"];
  const words = (...command: string[]) => [...prefix, ...command];
  const options = `size=${mebibytes}m,mode=700,uid=${uid},gid=${process.getgid?.() ?? 0}`;
  const mounted = await call(words("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder));
  if (!mounted) return null;
  const [umount = "", ...rest] = words("umount", "-l", folder);
  const unmount = () => void spawnSync(umount, rest);
  process.once("exit", unmount);
  const ballast = path.join(folder, "ballast");
  return {
    folder,
    async fill(leavingBytes) {
      await rm(ballast, { force: true });
      const { bavail, bsize } = await statfs(folder);
      await writeFile(ballast, new Uint8Array(Math.max(0, bavail * bsize - leavingBytes)));
    },
    free: () => rm(ballast, { force: true }),
    async remove() {
      process.off("exit", unmount);
      unmount();
    },
  };
}

async function call([command = "", ...args]: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}
