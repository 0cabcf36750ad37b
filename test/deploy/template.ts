import { readFileSync } from "node:fs";

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** What of a CloudFormation template the tests read. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

export function readTemplate(file: string): Template {
  return JSON.parse(readFileSync(file, "utf8")) as Template;
}

/** Properties of all resources of a type, in the template's order. */
export function resourcesOf(
  { Resources }: Template,
  type: string,
): Readonly<Record<string, unknown>>[] {
  return Object.values(Resources).flatMap(({ Type, Properties }) =>
    Type === type ? [Properties ?? {}] : [],
  );
}

/** One statement that allows something, with pseudo parameters filled in. */
export interface Allowed {
  /** Name of the function whose role it is of; empty for a user. */
  readonly role: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: string;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** All that the policies of users or of roles allow. Inline policies count too. */
export function allowed(template: Template, of: "AWS::IAM::User" | "AWS::IAM::Role"): Allowed[] {
  const field = of === "AWS::IAM::User" ? "Users" : "Roles";
  const owners = resourcesOf(template, of);
  if (owners.some((owner) => "Policies" in owner || "ManagedPolicyArns" in owner))
    throw new Error("a policy lies where this does not look");
  return resourcesOf(template, "AWS::IAM::Policy").flatMap((policy) => {
    const attached = policy[field];
    if (!Array.isArray(attached)) return [];
    const { Statement } = policy["PolicyDocument"] as { Statement: readonly Statement[] };
    const role = of === "AWS::IAM::Role" ? roleName(attached) : "";
    return Statement.filter(({ Effect }) => Effect === "Allow").map((statement) => ({
      role,
      actions: [statement.Action].flat(),
      resources: [statement.Resource].flat().map(text),
      conditions: JSON.stringify(statement.Condition ?? {}),
    }));
  });
}

/** A role's logical id begins with the construct's path: searchsearchrole40C2. */
function roleName(attached: readonly unknown[]): string {
  const [first] = attached as readonly { readonly Ref: string }[];
  return /^(\w+?)\1role/.exec(first?.Ref ?? "")?.[1] ?? "unknown";
}

/** A string of a template with `Fn::Join` and pseudo parameters done; another intrinsic stays JSON. */
function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null) {
    if ("Ref" in value && value.Ref === "AWS::AccountId") return "ACCOUNT";
    if ("Fn::Join" in value) {
      const [separator, parts] = value["Fn::Join"] as [string, readonly unknown[]];
      return parts.map(text).join(separator);
    }
  }
  return JSON.stringify(value);
}
