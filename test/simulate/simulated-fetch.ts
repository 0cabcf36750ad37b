import { required } from "../../shared/std/assert.ts";
import type { Caller, Network } from "./network.ts";
import type { RedisHost } from "./redis-host.ts";

/** Longest that a request waits where its caller does not say. */
const FOREVER = new AbortController().signal;

/** Addresses of Redis in the simulated world: each process has its own of each, by which it is known. */
export class RedisAddresses {
  readonly #network: Network;
  readonly #known = new Map<string, { readonly from: Caller; readonly to: RedisHost }>();

  constructor(network: Network) {
    this.#network = network;
  }

  add(from: Caller, to: RedisHost): string {
    const host = `redis-${this.#known.size}.simulated`;
    this.#known.set(host, { from, to });
    return `http://${host}`;
  }

  /** What the clients' `fetch` is in the simulated world. */
  readonly fetch: typeof fetch = async (address, init) => {
    const { host, pathname } = new URL(String(address));
    const { from, to } = required(this.#known.get(host), "an address of this world");
    const body = typeof init?.body === "string" ? init.body : "";
    const label = `${from.place} asks ${to.name}`;
    const reply = await this.#network.call(
      from,
      to,
      label,
      (host) => host.serve(pathname === "/" ? "" : pathname, body),
      init?.signal ?? FOREVER,
    );
    return new Response(reply.text, { status: reply.status });
  };
}
