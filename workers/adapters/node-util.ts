/** Stands for Node's `util` in the Worker's bundle: prom-client writes its error messages with these two, and uses no other. */
export function format(value: unknown): string {
  return String(value);
}

export function inspect(value: unknown): string {
  return JSON.stringify(value);
}
