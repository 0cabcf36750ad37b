import type { NearfieldClient } from "../../client/nearfield-client.ts";
import { NearfieldError } from "../../client/nearfield-error.ts";
import { PLATFORM } from "../../client/platform.ts";
import { sha256Hex } from "../../std/bytes.ts";
import { patiently } from "../patient.ts";
import type { Found } from "./found-document.ts";

/** With all its repetitions. */
const BATCH_MS_MAX = 10 * 60_000;

/** A document that was left out, and why. */
export interface Skipped {
  readonly at: string;
  readonly why: string;
}

export interface Sent {
  readonly written: number;
  readonly skipped: readonly Skipped[];
}

/**
 * Writes a batch, without what the service refuses of it. The same batch has the same key each time: repeated, it writes once.
 * @throws NearfieldError where nothing of it can be written now, or ever
 */
export async function sendBatch(
  client: NearfieldClient,
  collection: string,
  batch: readonly Found[],
): Promise<Sent> {
  const skipped = batch.flatMap(({ at, complaint: why }) => (why === null ? [] : [{ at, why }]));
  const { written, refused } = await put(
    client,
    collection,
    batch.filter(({ document }) => document !== null),
  );
  return { written, skipped: [...skipped, ...refused] };
}

async function put(
  client: NearfieldClient,
  collection: string,
  batch: readonly Found[],
): Promise<{ readonly written: number; readonly refused: readonly Skipped[] }> {
  const documents = batch.flatMap(({ document }) => document ?? []);
  if (documents.length === 0) return { written: 0, refused: [] };
  const idempotencyKey = sha256Hex(JSON.stringify([collection, documents]));
  try {
    const write = () => client.putDocuments({ collection, documents }, { idempotencyKey });
    await patiently(PLATFORM, write, AbortSignal.timeout(BATCH_MS_MAX));
    return { written: documents.length, refused: [] };
  } catch (error) {
    const whys = refusals(error, documents.length);
    if (whys === null) throw error;
    const refused = batch.flatMap(({ at }, i) => {
      const why = whys.get(i);
      return why === undefined ? [] : [{ at, why }];
    });
    const left = batch.filter((_, i) => !whys.has(i));
    const rest = await put(client, collection, left);
    return { written: rest.written, refused: [...refused, ...rest.refused] };
  }
}

/** Why the documents at these places are refused; null where the error is not about single documents. */
function refusals(error: unknown, count: number): Map<number, string> | null {
  if (!(error instanceof NearfieldError) || (error.status ?? 500) >= 500) return null;
  const whys = new Map<number, string>();
  for (const { pointer, message } of error.errors) {
    const [, index, rest = ""] = /^\/documents\/(\d+)(.*)$/.exec(pointer) ?? [];
    if (index === undefined || Number(index) >= count) continue;
    whys.set(Number(index), `${rest} ${message}`.trim());
  }
  // One alone is what the refusal is about, whatever it points at.
  if (whys.size === 0 && count === 1) whys.set(0, error.hint);
  return whys.size === 0 ? null : whys;
}
