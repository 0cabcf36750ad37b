import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { keyRecordName, type KeyRecord } from "../../shared/contracts/caller.ts";
import { sha256Hex } from "../../shared/std/bytes.ts";

const Secrets = z.strictObject({
  /** All scopes: for the person at this machine. */
  adminKey: z.string(),
  /** Read scope: for the page, whose link may be passed on. */
  readKey: z.string(),
  callerSecret: z.string(),
  redisToken: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
});
export type Secrets = z.output<typeof Secrets>;

export const TWIN_TENANT = "twin";

/** The twin's secrets: made at the first start, kept in the state folder, readable by its owner only. */
export async function openSecrets(state: string): Promise<Secrets> {
  const file = path.join(state, "secrets.json");
  const kept = await readFile(file, "utf8").catch(() => null);
  if (kept !== null) {
    try {
      return Secrets.parse(JSON.parse(kept));
    } catch (cause) {
      throw new Error(
        `${file} is damaged: restore it, or start with --reset, which forgets the data too.`,
        { cause },
      );
    }
  }
  const secret = () => randomBytes(24).toString("base64url");
  const secrets: Secrets = {
    adminKey: `nf_admin_${secret()}`,
    readKey: `nf_read_${secret()}`,
    callerSecret: secret(),
    redisToken: secret(),
    accessKeyId: "AKIATWIN",
    secretAccessKey: secret(),
  };
  await writeFile(`${file}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return secrets;
}

/** The key records that each region's Redis holds, as SET commands. */
export function keyCommands(secrets: Secrets): string[][] {
  const records: [string, KeyRecord][] = [
    [
      secrets.adminKey,
      {
        keyId: "twin-admin",
        tenant: TWIN_TENANT,
        scopes: ["read", "write", "admin"],
        expiresMs: null,
      },
    ],
    [
      secrets.readKey,
      { keyId: "twin-read", tenant: TWIN_TENANT, scopes: ["read"], expiresMs: null },
    ],
  ];
  return records.map(([key, record]) => [
    "SET",
    keyRecordName(sha256Hex(key)),
    JSON.stringify(record),
  ]);
}
