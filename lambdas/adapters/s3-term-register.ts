import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3ServiceException,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { TermRegister } from "../ports/term-register.ts";
import { s3Client, within, type S3Place } from "./s3-bucket.ts";
import { takeTerm } from "./take-term.ts";

/** What S3 answers where the object is there, or is being made by somebody else. */
const TAKEN_STATUS: ReadonlySet<number> = new Set([409, 412]);

/** Terms as empty objects `terms/<incarnation>/<term>`, each made only where there is none: `If-None-Match: *`. */
export class S3TermRegister implements TermRegister {
  readonly #client: S3Client;
  readonly #place: S3Place;

  constructor(place: S3Place) {
    this.#client = s3Client(place);
    this.#place = place;
  }

  async take(incarnation: string, above: number, signal: AbortSignal): Promise<number> {
    const { bucket: Bucket, prefix } = this.#place;
    const folder = `${prefix}terms/${incarnation}/`;
    const at = (term: number) => ({ Bucket, Key: `${folder}${term}` });
    const terms = {
      all: () => this.#all(folder, signal),
      create: (term: number) => this.#create(at(term), signal),
      remove: async (term: number) => {
        await this.#client.send(new DeleteObjectCommand(at(term)), within(signal));
      },
    };
    return takeTerm(terms, above, signal);
  }

  /** Older ones are removed, so that one page holds them. */
  async #all(folder: string, signal: AbortSignal): Promise<number[]> {
    const command = new ListObjectsV2Command({ Bucket: this.#place.bucket, Prefix: folder });
    const { Contents: found = [], IsTruncated: more } = await this.#client.send(
      command,
      within(signal),
    );
    if (more === true) throw new Error(`there are too many terms below ${folder}`);
    return found
      .map(({ Key: key = "" }) => key.slice(folder.length))
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  }

  /** False where it is there already: also where a first try was done and its answer lost, which costs a term. */
  async #create(at: { readonly Bucket: string; readonly Key: string }, signal: AbortSignal) {
    try {
      const command = new PutObjectCommand({
        ...at,
        Body: new Uint8Array(),
        ContentLength: 0,
        IfNoneMatch: "*",
      });
      await this.#client.send(command, within(signal));
      return true;
    } catch (error) {
      const status =
        error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
      if (status !== undefined && TAKEN_STATUS.has(status)) return false;
      throw error;
    }
  }
}
