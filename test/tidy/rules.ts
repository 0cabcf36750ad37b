import type { SourceFile } from "./source-files.ts";

export interface Rule {
  readonly from: RegExp;
  /** Files of `from` that the rule leaves alone. */
  readonly except?: RegExp;
  readonly mayNot: RegExp;
  readonly because: string;
}

const SDKS =
  /^(@aws-sdk|@upstash|@lancedb|@zilliz|@smithy|apache-arrow|ioredis|onnxruntime-node|sharp|prom-client|@huggingface)/;
const TEST_FILE = /\.test\.ts$/;

/** The import arrows of the house, as data. */
export const RULES: readonly Rule[] = [
  {
    from: /^shared\//,
    except: TEST_FILE,
    mayNot: /^(workers|lambdas|gpu-embedder|test)\//,
    because: "shared is the floor: it imports only itself",
  },
  {
    from: /^shared\/std\//,
    except: TEST_FILE,
    mayNot: /^shared\/(domain|contracts|client)\//,
    because: "std stands below the domain",
  },
  {
    from: /^shared\/domain\//,
    except: TEST_FILE,
    mayNot: /^shared\/(contracts|client)\//,
    because: "the domain knows no wire",
  },
  {
    from: /^shared\/contracts\//,
    except: TEST_FILE,
    mayNot: /^shared\/client\//,
    because: "contracts do not know who uses them",
  },
  {
    from: /^shared\/(std|domain|contracts|client)\//,
    except: TEST_FILE,
    mayNot: /^node:|^cloudflare:/,
    because: "shared runs everywhere, so it may lean on no platform",
  },
  {
    from: /^(workers|lambdas|gpu-embedder)\/|^shared\/(?!cli\/)/,
    mayNot: /^shared\/cli\//,
    because: "the command line is an end: nothing leans on it",
  },
  {
    from: /^shared\/(std|domain|client)\//,
    except: TEST_FILE,
    mayNot: /^zod/,
    because: "schemas live in contracts",
  },
  {
    from: /^workers\//,
    mayNot: /^(lambdas|gpu-embedder|test)\//,
    because: "deployables meet only on the wire",
  },
  {
    from: /^lambdas\//,
    mayNot: /^(workers|gpu-embedder|test)\//,
    except: /^lambdas\/deploy\//,
    because: "deployables meet only on the wire",
  },
  {
    from: /^gpu-embedder\//,
    mayNot: /^(workers|lambdas|test)\//,
    because: "deployables meet only on the wire",
  },
  {
    from: /^workers\/playground\//,
    mayNot: /^workers\/(?!playground\/)/,
    because: "the page talks to the edge over HTTP, as every client does",
  },
  {
    from: /^(workers|lambdas|gpu-embedder)\//,
    except:
      /^(workers|lambdas|gpu-embedder)\/(adapters\/|compose(-[a-z]+)?\.ts$)|^lambdas\/deploy\/|^workers\/playground\/|\.test\.ts$/,
    mayNot: /\/adapters\//,
    because: "only compose.ts and what it is split into know which adapter stands behind a port",
  },
  {
    from: /^(workers|lambdas|gpu-embedder)\//,
    except: /\/adapters\/|\/compose(-[a-z]+)?\.ts$|^lambdas\/deploy\/|\.test\.ts$/,
    mayNot: SDKS,
    because: "vendor SDKs appear in adapters only",
  },
  {
    from: /^(workers|lambdas|gpu-embedder)\/ports\//,
    mayNot: /^(workers|lambdas|gpu-embedder)\/(?!ports\/)/,
    because: "ports know nothing of who uses or fills them",
  },
  {
    from: /^(workers|lambdas|gpu-embedder|shared)\//,
    except: TEST_FILE,
    mayNot: /^(vitest|fast-check)/,
    because: "the product does not carry its tests' tools",
  },
];

/** What a file does against the rules, one line each. */
export function offences(file: SourceFile, rules: readonly Rule[] = RULES): string[] {
  return rules
    .filter(({ from, except }) => from.test(file.path) && except?.test(file.path) !== true)
    .flatMap(({ mayNot, because }) =>
      file.imports
        .filter((name) => mayNot.test(name))
        .map((name) => `${file.path} imports ${name}: ${because}`),
    );
}
