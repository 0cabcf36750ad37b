import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { readRegionFile } from "../../lambdas/deploy/region-file.ts";
import { allowed, readTemplate, resourcesOf, type Template } from "./template.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DRY_RUN = path.join(ROOT, "lambdas/deploy/dry-run.ts");
const { primary, blobs, regions } = readRegionFile();
const NAMES = regions.map(({ name }) => name);
const FUNCTIONS = ["search", "write", "replicate", "answer", "maintain"];

let output = "";
const templates = new Map<string, Template>();
const templateOf = (region: string): Template => {
  const template = templates.get(region);
  if (template === undefined) throw new Error(`no template of ${region}`);
  return template;
};

beforeAll(async () => {
  const ran = await promisify(execFile)(process.execPath, [DRY_RUN], { cwd: ROOT });
  output = ran.stdout;
  for (const name of NAMES)
    templates.set(
      name,
      readTemplate(path.join(ROOT, "dist/cdk", `nearfield-${name}.template.json`)),
    );
});

describe("npm run deploy:dry", () => {
  test("every step is ok, and each bundle is in the table", () => {
    expect(output).not.toContain("FAILED");
    for (const step of ["page", "staging", "production", "templates", "Dockerfile"])
      expect(output).toMatch(new RegExp(`ok +.*${step}`));
    for (const name of ["worker \\(production\\)", ...FUNCTIONS])
      expect(output).toMatch(new RegExp(`${name}.* KiB +[\\d.]+ KiB`));
  });

  test("it says what it does", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [DRY_RUN, "--help"]);
    expect(stdout).toContain("npm run deploy:dry");
  });

  test("the page is among the assets", () => {
    expect(readFileSync(path.join(ROOT, "dist/assets/index.html"), "utf8")).toContain("<html");
  });
});

describe.each(NAMES)("the template of %s", (region) => {
  test("has the five functions, on Node 24 and arm64, each with an alias and a log that ends", () => {
    const made = resourcesOf(templateOf(region), "AWS::Lambda::Function");
    expect(made.map(({ FunctionName }) => FunctionName)).toEqual(
      FUNCTIONS.map((name) => `nearfield-${name}`),
    );
    for (const properties of made)
      expect(properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Handler: "index.handler",
        FileSystemConfigs: [{ LocalMountPath: "/mnt/nearfield" }],
      });
    expect(resourcesOf(templateOf(region), "AWS::Lambda::Alias")).toHaveLength(FUNCTIONS.length);
    for (const log of resourcesOf(templateOf(region), "AWS::Logs::LogGroup"))
      expect(log["RetentionInDays"]).toBeLessThanOrEqual(31);
  });

  test("sweeps, looks at the log, reshards, fills, resyncs, scrubs and makes snapshots every minute and maintains and reconciles every quarter of an hour, with events that replicate and maintain know", () => {
    const rules = resourcesOf(templateOf(region), "AWS::Events::Rule");
    const scheduled = rules.map(({ ScheduleExpression, State, Targets }) => ({
      ScheduleExpression,
      State,
      Targets,
    }));
    expect(scheduled).toHaveLength(9);
    for (const [every, name, op] of [
      ["rate(1 minute)", "replicate", "sweep"],
      ["rate(1 minute)", "maintain", "reshard"],
      ["rate(1 minute)", "maintain", "fill"],
      ["rate(1 minute)", "replicate", "failover"],
      ["rate(1 minute)", "maintain", "resync"],
      ["rate(1 minute)", "maintain", "snapshot"],
      ["rate(1 minute)", "maintain", "scrub"],
      ["rate(15 minutes)", "maintain", "maintain"],
      ["rate(15 minutes)", "maintain", "reconcile"],
    ]) {
      expect(scheduled).toContainEqual({
        ScheduleExpression: every,
        State: "ENABLED",
        Targets: [
          expect.objectContaining({
            Arn: { Ref: expect.stringMatching(`^${name}Alias`) },
            Input: JSON.stringify({ op }),
          }),
        ],
      });
    }
  });

  test("tells of errors and throttles of each function", () => {
    const alarms = resourcesOf(templateOf(region), "AWS::CloudWatch::Alarm");
    expect(alarms.map(({ MetricName }) => String(MetricName)).sort()).toEqual([
      ...FUNCTIONS.map(() => "Errors"),
      ...FUNCTIONS.map(() => "Throttles"),
    ]);
    for (const alarm of alarms) expect(alarm["AlarmActions"]).toHaveLength(1);
  });

  test("its blobs are in the one bucket, which is made beside the primary, and kept", () => {
    for (const { Environment } of resourcesOf(templateOf(region), "AWS::Lambda::Function"))
      expect(Environment).toMatchObject({
        Variables: {
          NEARFIELD_BLOBS: `s3://${blobs.bucket}/`,
          NEARFIELD_BLOBS_REGION: blobs.region,
        },
      });
    const made = resourcesOf(templateOf(region), "AWS::S3::Bucket");
    expect(made.map(({ BucketName }) => BucketName)).toEqual(
      region === blobs.region ? [blobs.bucket] : [],
    );
    expect(blobs.region).toBe(primary);
  });

  test("its secrets are references", () => {
    for (const { Environment } of resourcesOf(templateOf(region), "AWS::Lambda::Function")) {
      const { Variables } = Environment as { Variables: Record<string, unknown> };
      for (const name of ["CALLER_SECRET", "LOG_TOKEN", "REDIS_TOKEN"])
        expect(JSON.stringify(Variables[`NEARFIELD_${name}`])).toContain(
          "{{resolve:secretsmanager:",
        );
    }
  });
});

describe("least privilege", () => {
  test("locations may invoke search, write and answer, in every region, and nothing else", () => {
    const [statements, ...others] = NAMES.flatMap((name) =>
      allowed(templateOf(name), "AWS::IAM::User"),
    );
    expect(others).toEqual([]);
    const called = ["search", "write", "answer"];
    expect(statements?.actions).toEqual(["lambda:InvokeFunction"]);
    expect(statements?.resources.toSorted()).toEqual(
      NAMES.flatMap((region) =>
        called.flatMap((name) => [
          `arn:aws:lambda:${region}:ACCOUNT:function:nearfield-${name}`,
          `arn:aws:lambda:${region}:ACCOUNT:function:nearfield-${name}:live`,
        ]),
      ).sort(),
    );
  });

  test("the locations' user is made beside the primary, without a key", () => {
    for (const name of NAMES) {
      const users = resourcesOf(templateOf(name), "AWS::IAM::User");
      expect(users).toHaveLength(name === primary ? 1 : 0);
      expect(resourcesOf(templateOf(name), "AWS::IAM::AccessKey")).toEqual([]);
    }
  });

  test.each(NAMES)(
    "functions of %s may invoke the others' replicate only, and only those that do",
    (region) => {
      const invoking = allowed(templateOf(region), "AWS::IAM::Role").filter(({ actions }) =>
        actions.some((action) => action.startsWith("lambda:")),
      );
      const roles = invoking.map(({ role }) => role);
      expect(roles.toSorted()).toEqual(["maintain", "replicate", "write"]);
      const others = NAMES.filter((name) => name !== region);
      for (const { actions, resources } of invoking) {
        expect(actions).toEqual(["lambda:InvokeFunction"]);
        expect(resources.toSorted()).toEqual(
          others
            .flatMap((other) => [
              `arn:aws:lambda:${other}:ACCOUNT:function:nearfield-replicate`,
              `arn:aws:lambda:${other}:ACCOUNT:function:nearfield-replicate:live`,
            ])
            .sort(),
        );
      }
    },
  );

  test.each(NAMES)(
    "functions of %s may do no more than log, mount, join the network and use the blobs",
    (region) => {
      const rest = allowed(templateOf(region), "AWS::IAM::Role").flatMap(({ actions }) => actions);
      const services = new Set(rest.map((action) => action.split(":")[0]));
      expect(services).toEqual(new Set(["ec2", "elasticfilesystem", "lambda", "logs", "s3"]));
      expect(rest.filter((action) => action.includes("*"))).toEqual([]);
      expect(JSON.stringify(templateOf(region))).not.toContain("ManagedPolicyArns");
      expect(JSON.stringify(templateOf(region))).not.toContain("iam::aws:policy");
    },
  );

  test.each(NAMES)(
    "functions of %s may use the one bucket, and search and answer only read it",
    (region) => {
      const granted = allowed(templateOf(region), "AWS::IAM::Role").filter(({ actions }) =>
        actions.some((action) => action.startsWith("s3:")),
      );
      const bucket = `arn:aws:s3:::${blobs.bucket}`;
      expect(new Set(granted.flatMap(({ resources }) => resources))).toEqual(
        new Set([bucket, `${bucket}/*`]),
      );
      for (const name of FUNCTIONS) {
        const mine = granted.filter(({ role }) => role === name).flatMap(({ actions }) => actions);
        const writes =
          name === "search" || name === "answer" ? [] : ["s3:DeleteObject", "s3:PutObject"];
        expect(mine.toSorted()).toEqual(["s3:GetObject", "s3:ListBucket", ...writes].toSorted());
      }
    },
  );

  test.each(NAMES)("only joining the network and mounting name no resource in %s", (region) => {
    const anywhere = allowed(templateOf(region), "AWS::IAM::Role").filter(({ resources }) =>
      resources.includes("*"),
    );
    for (const { actions, conditions } of anywhere) {
      const network = actions.every((action) => action.startsWith("ec2:"));
      const mount = actions.every((action) => action === "elasticfilesystem:ClientMount");
      expect(network || (mount && conditions.includes("AccessPointArn"))).toBe(true);
    }
  });

  test.each(NAMES)(
    "nobody but EventBridge may invoke a function of %s by the function's own policy",
    (region) => {
      const permissions = resourcesOf(templateOf(region), "AWS::Lambda::Permission");
      expect(permissions.length).toBeGreaterThan(0);
      for (const { Principal } of permissions) expect(Principal).toBe("events.amazonaws.com");
    },
  );
});
