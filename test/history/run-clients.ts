import type { Operation } from "./operation.ts";
import { Session, type Recorder } from "./session.ts";
import type { Workload } from "./workload.ts";

/** Clients, each asking one thing after another until so much was asked. @param think what a client does between two */
export async function runClients(
  workload: Workload,
  recorder: Recorder,
  ops: number,
  think: () => Promise<void>,
): Promise<Operation[]> {
  const operations: Operation[] = [];
  let asked = 0;
  const client = async (number: number) => {
    let session: Session | null = null;
    while (asked < ops) {
      asked += 1;
      const next = workload.next(number);
      if (session?.id !== next.sessionId) session = new Session(next.sessionId);
      const operation = await session.perform(recorder, next);
      workload.settle(next, operation);
      operations.push(operation);
      await think();
    }
  };
  await Promise.all(Array.from({ length: workload.clients }, (_, number) => client(number)));
  return operations;
}
