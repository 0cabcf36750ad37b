import { required } from "../../shared/std/assert.ts";
import type { RunningTwin } from "../flows/start-twin.ts";

/** Round trip of one of the twin's links, ms, as it simulates it. */
export async function linkRttMs(twin: RunningTwin, name: string): Promise<number> {
  const { control } = await twin.report();
  const links = (await (await fetch(`${control}/links`)).json()) as {
    readonly name: string;
    readonly rttMs: number;
  }[];
  return required(
    links.find((link) => link.name === name),
    `the twin has a link ${name}`,
  ).rttMs;
}
