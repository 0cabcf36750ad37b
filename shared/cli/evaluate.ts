import { SingleBar } from "cli-progress";
import { Command, InvalidArgumentError, Option } from "commander";
import { access, constants, writeFile } from "node:fs/promises";
import path from "node:path";
import { NearfieldClient } from "../client/nearfield-client.ts";
import { CollectionName } from "../contracts/collection.ts";
import { LIMITS } from "../contracts/limits.ts";
import { askAll, type Answer, type Failure, type Outcomes } from "./evaluate/ask.ts";
import { documentKinds, kindOfAll } from "./evaluate/document-kinds.ts";
import { readQrels } from "./evaluate/qrels-file.ts";
import { readQueries, type EvaluationQuery } from "./evaluate/query-file.ts";
import { answerFigures, pairFigures, scoresOf, SEED, type Measured } from "./evaluate/report.ts";
import { answerTable, pairTable } from "./evaluate/tables.ts";
import { readVariants, requireAskable } from "./evaluate/variants.ts";
import { findService, serviceOptions, type ServiceOptions } from "./service.ts";
import { timeLeft } from "./time-left.ts";
import { UsageError } from "./usage-error.ts";
import type { Grades } from "../domain/retrieval-metrics.ts";

interface EvaluateOptions extends ServiceOptions {
  readonly collection: string;
  readonly queries: string;
  readonly qrels: string;
  readonly k: number;
  readonly variant: readonly string[];
  readonly concurrency: number;
  readonly json?: string;
}

/** A query with a document that is right for it. */
interface Judged {
  readonly query: EvaluationQuery;
  readonly grades: Grades;
  readonly relevant: readonly string[];
}

const CONCURRENCY_MAX = 64;
const FAILURES_SHOWN_MAX = 5;

const EXAMPLES = `
Queries are JSON lines {id, text?, image? (a file beside this one), vector?, space?, modality?}, or {id, queries: [...]},
or id<TAB>text. Qrels are TREC's "query 0 document grade", or JSON lines {query, document, grade?}.
In a variant's query or queries, $text is the query's text and "image": "$image" its picture. An example:
  --variant 'vectors={"query":{"text":"$text","space":"text"}}'
  --variant 'hybrid={"queries":[{"text":"$text"},{"text":"$text","space":"lexical","weight":0.3}],"fuse":"scores"}'`;

export function evaluateCommand(): Command {
  return serviceOptions(new Command("evaluate"), "read")
    .description("Measures on your own queries how well a collection answers, one or several ways.")
    .requiredOption("--collection <name>", "what is asked", readName)
    .requiredOption("--queries <file>", "what is asked for: JSON lines or TREC topics")
    .requiredOption("--qrels <file>", "which documents are right: TREC or JSON lines")
    .option("--k <hits>", "how many hits are looked at", readCount(LIMITS.kMax), 10)
    .addOption(
      new Option(
        "--variant <NAME=JSON>",
        "members of the request, laid over every query; may be repeated, and the first is what the others are compared with",
      )
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], "plain={}"),
    )
    .option("--concurrency <n>", "queries under way at once", readCount(CONCURRENCY_MAX), 2)
    .option("--json <file>", "write everything there, each query's hits included")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help lists the options)")
    .action(async (options: EvaluateOptions) => {
      if (!(await evaluate(options))) process.exitCode = 1;
    });
}

/** @returns whether everything was measured */
async function evaluate(options: EvaluateOptions): Promise<boolean> {
  const { collection, k, concurrency } = options;
  const json = options.json === undefined ? null : await requireWritable(fromCaller(options.json));
  const variants = readVariants(options.variant);
  const judged = await readSet(fromCaller(options.queries), fromCaller(options.qrels));
  const queries = judged.map(({ query }) => query);
  await requireAskable(variants, queries, { collection, k });
  // Its own retries off: those here wait longer. Without a session nothing but the request decides what is cached.
  const client = new NearfieldClient({
    ...(await findService(options)),
    session: false,
    retriesMax: 0,
  });
  const signal = untilInterrupted();
  const ids = [...new Set(judged.flatMap(({ relevant }) => relevant))];
  const kinds = await documentKinds(client, collection, ids, signal);
  if (kinds.size === 0)
    throw new UsageError(
      `No right document is in ${collection}: none of the ${ids.length} ids in ${options.qrels} is there.`,
    );
  if (kinds.size < ids.length)
    note(`${ids.length - kinds.size} of ${ids.length} right documents are not in ${collection}`);
  const bar = progressBar();
  bar.start(queries.length, 0);
  const onAsked = () => bar.increment();
  const asking = { client, variants, shared: { collection, k }, concurrency, onAsked };
  const outcomes = await askAll(asking, queries, signal).finally(() => bar.stop());
  const names = variants.map(({ name }) => name);
  const measured = judged.flatMap(({ query, grades, relevant }, i): Measured[] => {
    const answers = wholly(outcomes[i] ?? null);
    const pair = `${query.modality} -> ${kindOfAll(relevant, kinds)}`;
    return answers === null ? [] : [{ id: query.id, pair, grades, answers }];
  });
  const failures = failuresOf(queries, outcomes);
  const report = {
    collection,
    k,
    seed: SEED,
    variants,
    queries: queries.length,
    measured: measured.length,
    pairs: pairFigures(measured, names, k),
    answers: answerFigures(outcomes, names),
    failures,
    perQuery: measured.map((of) => perQuery(of, k)),
  };
  const tables = [...report.pairs.map(pairTable), answerTable(report.answers)];
  process.stdout.write(`\n${tables.join("\n\n")}\n\n`);
  complain(failures, queries.length - measured.length, outcomes.includes(null));
  if (json !== null) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  return measured.length === queries.length;
}

/** Queries that have a right document; says which lines found no partner. @throws UsageError where none has */
async function readSet(queriesFile: string, qrelsFile: string): Promise<Judged[]> {
  const queries = await readQueries(queriesFile);
  const qrels = await readQrels(qrelsFile);
  const judged = queries.flatMap((query): Judged[] => {
    const grades = qrels.get(query.id) ?? new Map<string, number>();
    const relevant = [...grades].filter(([, grade]) => grade > 0).map(([id]) => id);
    return relevant.length === 0 ? [] : [{ query, grades, relevant }];
  });
  if (judged.length === 0)
    throw new UsageError(`Nothing to measure: ${qrelsFile} has no right document for any query.`);
  const unjudged = queries.length - judged.length;
  if (unjudged > 0)
    note(`${unjudged} of ${queries.length} queries have no right document: not asked`);
  const ids = new Set(queries.map(({ id }) => id));
  const unknown = [...qrels.keys()].filter((id) => !ids.has(id)).length;
  if (unknown > 0) note(`${unknown} judged queries are not among the queries`);
  return judged;
}

/** Every variant's answer; null where one is lacking, since the others would then be compared over other queries. */
function wholly(outcomes: Outcomes | null): ReadonlyMap<string, Answer> | null {
  const answers = [...(outcomes ?? [])].flatMap(([name, outcome]): [string, Answer][] =>
    outcome.kind === "answer" ? [[name, outcome]] : [],
  );
  return outcomes === null || answers.length < outcomes.size ? null : new Map(answers);
}

function failuresOf(
  queries: readonly EvaluationQuery[],
  outcomes: readonly (Outcomes | null)[],
): { query: string; variant: string; why: string }[] {
  return outcomes.flatMap((of, i) =>
    [...(of ?? new Map<string, Answer | Failure>())].flatMap(([variant, outcome]) =>
      outcome.kind === "failure"
        ? [{ query: queries[i]?.id ?? "", variant, why: outcome.why }]
        : [],
    ),
  );
}

function perQuery({ id, pair, grades, answers }: Measured, k: number) {
  return {
    id,
    pair,
    answers: Object.fromEntries(
      [...answers].map(([variant, answer]) => [
        variant,
        { ...answer, metrics: scoresOf(answer.ids, grades, k) },
      ]),
    ),
  };
}

function complain(
  failures: readonly { query: string; variant: string; why: string }[],
  unmeasured: number,
  endedEarly: boolean,
): void {
  if (unmeasured === 0) return;
  note(`${unmeasured} queries were not answered under every variant, and are in no figure:`);
  for (const { query, variant, why } of failures.slice(0, FAILURES_SHOWN_MAX))
    note(`  ${query}, ${variant}: ${why}`);
  const more = failures.length - FAILURES_SHOWN_MAX;
  if (more > 0) note(`  and ${more} more failures`);
  if (endedEarly) note("After so many failures the rest was not asked.");
}

/** A bar where there is a terminal, a line every few seconds elsewhere. */
function progressBar(): SingleBar {
  return new SingleBar({
    stream: process.stderr,
    format: "  evaluate |{bar}| {value}/{total} queries{eta_formatted}",
    formatTime: timeLeft,
    hideCursor: true,
    noTTYOutput: !process.stderr.isTTY,
    notTTYSchedule: 5_000,
  });
}

/** The bar hears these signals, to give the cursor back, and so keeps them from ending the process. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"])
    process.once(name, () => controller.abort(new UsageError("Interrupted.")));
  return controller.signal;
}

function note(line: string): void {
  process.stderr.write(`  ${line}\n`);
}

/** npm runs scripts in the package's folder: a file is meant from where npm was called. */
function fromCaller(file: string): string {
  return path.resolve(process.env["INIT_CWD"] ?? "", file);
}

/** Found out before the measurement instead of after it. @throws UsageError */
async function requireWritable(file: string): Promise<string> {
  await access(path.dirname(file), constants.W_OK).catch(() => {
    throw new UsageError(`--json ${file} can't be written there.`);
  });
  return file;
}

function readName(text: string): string {
  if (!CollectionName.safeParse(text).success)
    throw new InvalidArgumentError("Lower-case letters, digits, - and _ are needed.");
  return text;
}

function readCount(max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1 || count > max)
      throw new InvalidArgumentError(`A whole number from 1 to ${max} is needed.`);
    return count;
  };
}
