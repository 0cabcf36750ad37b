import { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-node";
import { assert, required } from "../../shared/std/assert.ts";
import type { Session, Tensor } from "../ports/session.ts";

export type ExecutionProvider = "cpu" | "cuda";

export interface OnnxOptions {
  readonly provider: ExecutionProvider;
  /** Threads of one run; 0 leaves the choice to ONNX Runtime, which takes every core. */
  readonly threads: number;
}

/** Loads a graph. Throws if the provider is not there or the graph is broken. */
export async function openOnnxSession(graph: Uint8Array, options: OnnxOptions): Promise<Session> {
  const session = await InferenceSession.create(graph, {
    executionProviders: [options.provider],
    ...(options.threads > 0 ? { intraOpNumThreads: options.threads } : {}),
    logSeverityLevel: 3, // Errors only: warnings are about folding weights, and go to standard output.
    extra: {
      session: {
        // Waiting threads would spin for milliseconds, at the cost of whatever else runs on the machine.
        intra_op: { allow_spinning: "0" },
      },
    },
  });
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(inputs, output) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, tensor]) => [name, toOnnx(tensor)]),
      );
      const results = await session.run(feeds, [output]);
      const { data } = required(results[output], `the graph has the output ${output}`);
      assert(data instanceof Float32Array, `the output ${output} is float32`);
      return data;
    },
    close: () => session.release(),
  };
}

function toOnnx(tensor: Tensor): OnnxTensor {
  return tensor.type === "int64"
    ? new OnnxTensor("int64", tensor.data, tensor.shape)
    : new OnnxTensor("float32", tensor.data, tensor.shape);
}
