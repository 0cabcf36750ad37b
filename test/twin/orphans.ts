import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

const Table = z.array(z.strictObject({ pid: z.int(), started: z.string() }));

/**
 * Processes that a twin has started, so that the next start ends exactly those that outlived it, and nobody else's: a pid is
 * only believed together with its start time, in the kernel's ticks since boot.
 */
export class ProcessTable {
  readonly #file: string;

  constructor(state: string) {
    this.#file = path.join(state, "processes.json");
  }

  record(pids: readonly number[]): void {
    const rows = pids.flatMap((pid) => {
      const started = startedAt(pid);
      return started === null ? [] : [{ pid, started }];
    });
    writeFileSync(`${this.#file}.new`, JSON.stringify(rows));
    renameSync(`${this.#file}.new`, this.#file); // Whole or not at all.
  }

  /** The twin that uses this state now, if one does: the first process of the table. */
  running(): number | null {
    const [main] = this.#rows();
    return main !== undefined && startedAt(main.pid) === main.started ? main.pid : null;
  }

  /** Ends what a twin that was killed left behind. @returns how many */
  endOrphans(): number {
    let ended = 0;
    for (const { pid, started } of this.#rows()) {
      if (startedAt(pid) !== started) continue;
      process.kill(pid, "SIGKILL");
      ended += 1;
    }
    return ended;
  }

  #rows(): z.output<typeof Table> {
    if (!existsSync(this.#file)) return [];
    try {
      return Table.parse(JSON.parse(readFileSync(this.#file, "utf8")));
    } catch {
      return []; // Damaged: then nobody can be told from a stranger, and nobody is ended.
    }
  }
}

/** Field 22 of /proc/PID/stat; null for a process that is gone, or where there is no /proc. */
export function startedAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? null); // A zombie has ended already.
  } catch {
    return null;
  }
}
