/** The location's own cache, shared by its isolates. It may forget at any time. */
export interface LocationCache {
  get(key: string): Promise<string | null>;
  put(key: string, text: string, maxAgeS: number): Promise<void>;
}
