/** Value of an environment variable that a child can't do without. */
export function requiredEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "")
    throw new Error(`the environment variable ${name} is needed`);
  return value;
}

/** The one line by which a child tells its supervisor that it serves. */
export function announceReady(details: object): void {
  process.stdout.write(`${JSON.stringify({ ready: true, ...details })}\n`);
}

/** Ends this process when it is told to, and when its parent is gone: nothing outlives the twin. */
export function endWithParent(before: () => void): void {
  const end = () => {
    before();
    process.exit(0);
  };
  process.once("SIGTERM", end);
  process.on("SIGINT", () => undefined); // Ctrl-C reaches the whole group: the parent decides the order.
  process.once("disconnect", end);
}
