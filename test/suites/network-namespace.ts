import { execFile, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { promisify } from "node:util";

/** A network of its own, that only this machine reaches. */
export interface NetworkNamespace {
  /** Of what runs inside. */
  readonly address: string;
  /** A command line that runs inside. */
  readonly inside: (command: string, args: readonly string[]) => [string, string[]];
  remove(): Promise<void>;
}

/** @returns null where this process may not make one: it takes root, and `ip` */
export async function makeNetworkNamespace(): Promise<NetworkNamespace | null> {
  if (process.getuid?.() !== 0) return null;
  const number = randomInt(0, 2 ** 14);
  const name = `nearfield-${number}`;
  // 198.18.0.0/15 is set apart for tests of networks (RFC 2544): no route leads there. Four addresses each.
  const [third, fourth] = [number >> 6, (number & 63) * 4];
  const [outer, inner] = [`198.18.${third}.${fourth + 1}`, `198.18.${third}.${fourth + 2}`];
  const outside = `nf${number}`;
  try {
    await ip("netns", "add", name);
  } catch {
    return null; // No `ip`, or a container that may not: the caller says what it does instead.
  }
  const removeAtExit = () => spawnSync("ip", ["netns", "del", name]);
  process.once("exit", removeAtExit);
  const remove = async () => {
    process.off("exit", removeAtExit);
    await ip("netns", "del", name); // Its end of the pair goes with it, and so the other.
  };
  try {
    await ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name);
    await ip("addr", "add", `${outer}/30`, "dev", outside);
    await ip("link", "set", outside, "up");
    await ip("-n", name, "addr", "add", `${inner}/30`, "dev", "eth0");
    await ip("-n", name, "link", "set", "eth0", "up");
    await ip("-n", name, "link", "set", "lo", "up");
  } catch {
    await remove();
    return null;
  }
  return {
    address: inner,
    inside: (command, args) => ["ip", ["netns", "exec", name, command, ...args]],
    remove,
  };
}

async function ip(...args: string[]): Promise<void> {
  await promisify(execFile)("ip", args);
}
