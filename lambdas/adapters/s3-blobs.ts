import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { BlobStore } from "../ports/blobs.ts";
import { s3Client, within, type S3Place } from "./s3-bucket.ts";

/** Blobs in a bucket, which all regions share: what one of them wrote is then read by the others. */
export class S3Blobs implements BlobStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(place: S3Place) {
    this.#client = s3Client(place);
    this.#bucket = place.bucket;
    this.#prefix = place.prefix;
  }

  async put(name: string, bytes: Uint8Array, type: string, signal: AbortSignal): Promise<void> {
    const command = new PutObjectCommand({ ...this.#at(name), Body: bytes, ContentType: type });
    await this.#client.send(command, within(signal));
  }

  async get(
    name: string,
    signal: AbortSignal,
  ): Promise<{ bytes: Uint8Array; type: string } | null> {
    try {
      const found = await this.#client.send(new GetObjectCommand(this.#at(name)), within(signal));
      const bytes = (await found.Body?.transformToByteArray()) ?? new Uint8Array();
      return { bytes, type: found.ContentType ?? "" };
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw error;
    }
  }

  async list(prefix: string, limit: number, signal: AbortSignal): Promise<string[]> {
    const names: string[] = [];
    let from: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: `${this.#prefix}${prefix}`,
          ContinuationToken: from,
        }),
        within(signal),
      );
      for (const { Key: key } of page.Contents ?? [])
        if (key !== undefined) names.push(key.slice(this.#prefix.length));
      from = page.NextContinuationToken;
    } while (from !== undefined && names.length < limit);
    return names.slice(0, limit);
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#at(name)), within(signal));
  }

  #at(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${name}` };
  }
}
