import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BlobLostEntries } from "../../lambdas/adapters/blob-lost-entries.ts";
import { S3Blobs } from "../../lambdas/adapters/s3-blobs.ts";
import { S3TermRegister } from "../../lambdas/adapters/s3-term-register.ts";
import { freePorts } from "../twin/free-ports.ts";
import { describeBlobs } from "./blobs-suite.ts";
import { describeTermRegister } from "./term-register-suite.ts";
import { installPythonTool } from "./python-tool.ts";
import { killServer, listening, startServer } from "./server-process.ts";

const TOOL = { name: "moto", packages: ["moto[s3,server]==5.2.1"], command: "moto_server" };
const HOST = "127.0.0.1";
const BUCKET = "nearfield";
const REGION = "us-east-1";

let endpoint: string;
let server: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  process.env["AWS_ACCESS_KEY_ID"] ??= "test";
  process.env["AWS_SECRET_ACCESS_KEY"] ??= "test";
  const command = await installPythonTool(TOOL);
  const [port = 0] = await freePorts(1);
  endpoint = `http://${HOST}:${port}`;
  server = await startServer({
    name: TOOL.command,
    command,
    args: ["-H", HOST, "-p", String(port)],
    startMsMax: 60_000,
    ready: () => listening(HOST, port),
  });
  const client = new S3Client({ region: REGION, endpoint, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
}, 600_000);
afterAll(() => killServer(server));

const open = (prefix: string) => new S3Blobs({ bucket: BUCKET, prefix, region: REGION, endpoint });

describe("the terms in S3, as moto's server has it", () => {
  const prefix = `${randomUUID()}/`;
  describeTermRegister(
    () => new S3TermRegister({ bucket: BUCKET, prefix, region: REGION, endpoint }),
  );
});

describe("what a log has lost, in S3, as moto's server has it", () => {
  async function* lines(count: number): AsyncGenerator<string> {
    for (let i = 0; i < count; i++) yield JSON.stringify({ id: `${i}`, text: "x".repeat(900_000) });
  }

  test("it is kept once, in parts that can be written again; what was cut off is begun anew", async () => {
    const blobs = open(`${randomUUID()}/`);
    const entries = new BlobLostEntries(blobs, "s3://there/");
    const signal = AbortSignal.timeout(60_000);
    const cut = async function* () {
      yield* lines(6);
      throw new Error("the process ends here");
    };
    await expect(entries.keep("c-1", cut(), signal)).rejects.toThrow();
    const kept = await entries.keep("c-1", lines(9), signal);
    expect(kept).toEqual({ path: "s3://there/lost/c-1/", lines: 9 });
    expect(await entries.keep("c-1", lines(1), signal)).toBeNull();
    const texts = [];
    for (let part = 0; ; part++) {
      const found = await blobs.get(`lost/c-1/part-0000${part}.ndjson`, signal);
      if (found === null) break;
      texts.push(new TextDecoder().decode(found.bytes));
    }
    expect(texts.length).toBeGreaterThan(1);
    const ids = texts
      .join("")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).id);
    expect(ids).toEqual(Array.from({ length: 9 }, (_, i) => `${i}`));
  });
});

describe("blobs in S3, as moto's server has it", () => {
  describeBlobs(() => open(`${randomUUID()}/`));

  test("a list goes on over the pages of S3, and knows nothing of another prefix", async () => {
    const [blobs, others] = [open("a/"), open("ab/")];
    const signal = AbortSignal.timeout(60_000);
    await others.put("snapshots/t/x", Uint8Array.of(1), "text/plain", signal);
    for (let i = 0; i < 1_100; i += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, j) =>
          blobs.put(`snapshots/t/${i + j}`, Uint8Array.of(1), "text/plain", signal),
        ),
      );
    expect(await blobs.list("snapshots/t/", 5_000, signal)).toHaveLength(1_100);
    expect(await blobs.list("snapshots/t/", 1_050, signal)).toHaveLength(1_050);
  }, 120_000);

  test("a server that does not answer fails the call in time", async () => {
    const lost = new S3Blobs({
      bucket: BUCKET,
      prefix: "",
      region: REGION,
      endpoint: `http://${HOST}:9`,
    });
    await expect(lost.get("x", AbortSignal.timeout(5_000))).rejects.toThrow();
  });
});
