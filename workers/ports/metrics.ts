/** Counts for /metrics. Labels are from closed lists, so the number of series is bounded. */
export interface Metrics {
  requested(route: string, status: number, seconds: number): void;
  answered(tier: string): void;
  attempted(region: string, outcome: string): void;
  cacheFailed(tier: string): void;
  /** All series in the text form of Prometheus. */
  text(): Promise<{ readonly body: string; readonly type: string }>;
}
