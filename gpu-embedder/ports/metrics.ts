/** Numbers about the service; never content. */
export interface EmbedderMetrics {
  /** `route` is a pattern, never a path as sent. */
  requestDone(route: string, status: number): void;
  batchDone(model: string, items: number, seconds: number): void;
  waiting(model: string, items: number): void;
  dropped(model: string, reason: "deadline" | "caller-left" | "overloaded", items: number): void;
  /** The Prometheus text of all of them. */
  expose(): Promise<string>;
}
