/** The location's own cache, shared by its isolates. It may forget at any time. */
export interface LocationCache {
  get(key: string): Promise<string | null>;
  put(key: string, text: string, maxAgeS: number): Promise<void>;
  picture(name: string): Promise<Picture | null>;
  keepPicture(name: string, picture: Picture): Promise<void>;
}

export interface Picture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}
