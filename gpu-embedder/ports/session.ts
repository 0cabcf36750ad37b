/** A dense tensor, row-major. */
export type Tensor =
  | { readonly type: "int64"; readonly data: BigInt64Array; readonly shape: readonly number[] }
  | { readonly type: "float32"; readonly data: Float32Array; readonly shape: readonly number[] };

/** A loaded graph. */
export interface Session {
  /** Names that the graph takes, and gives. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Runs the graph and gives one of its outputs, a [rows, dimension] matrix, row-major.
   * A row depends on its own input only, up to float rounding, whatever the other rows are.
   * A run can't be stopped: what nobody waits for any more must not be started.
   */
  run(inputs: Readonly<Record<string, Tensor>>, output: string): Promise<Float32Array>;
  /** Frees the weights. No run may follow. */
  close(): Promise<void>;
}
