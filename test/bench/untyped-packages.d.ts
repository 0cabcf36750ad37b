declare module "hashring" {
  /** Consistent hashing as memcached's clients do it (ketama). */
  export default class HashRing {
    constructor(servers: readonly string[]);
    get(key: string): string;
  }
}

declare module "autocannon" {
  interface Options {
    readonly url: string;
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
  }
  interface Result {
    /** Answers a second, over the whole seconds of the run. */
    readonly requests: { readonly average: number; readonly total: number };
    readonly errors: number;
    readonly timeouts: number;
    readonly non2xx: number;
  }
  export default function autocannon(options: Options): Promise<Result>;
}
