import { SessionPositions } from "../../shared/client/session-positions.ts";
import { ListReply, WriteReply, type Document } from "../../shared/contracts/document.ts";
import { ProblemDocument } from "../../shared/contracts/problems.ts";
import { RetrieveReply } from "../../shared/contracts/retrieve.ts";
import { isWrite, type Asked, type Operation } from "./operation.ts";
import { requestOf, type HistoryRequest } from "./request-of.ts";
import { numberOf } from "./truth.ts";

export interface HistoryReply {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly text: string;
}

/** Sends a request to a location. Rejects where no reply came in time, or none that is whole. */
export type Send = (
  location: string,
  tenant: string,
  request: HistoryRequest,
) => Promise<HistoryReply>;

export interface Recorder {
  readonly send: Send;
  /** One monotonic clock for all that is recorded, ms. */
  readonly nowMs: () => number;
}

const POSITION_HEADER = "nearfield-position";
/** With these nothing was written, and nothing will be. Any other failure of a write may still turn out to have been one. */
const CERTAIN: ReadonlySet<number> = new Set([400, 401, 403, 404, 409, 412, 413, 415, 422, 429]);

/** A caller who carries `nearfield-position` along, as the client does. */
export class Session {
  readonly id: string;
  readonly #positions = new SessionPositions();

  constructor(id: string) {
    this.id = id;
  }

  /** Sends one request and records what came of it. @throws ZodError for a reply that is none of nearfield's */
  async perform({ send, nowMs }: Recorder, asked: Asked): Promise<Operation> {
    const token = asked.level === "eventual" ? null : this.#positions.get(asked.collection);
    const request = requestOf(asked, token);
    const invoke = nowMs();
    const began = { ...asked, token, invoke };
    // Without a reply nobody knows what became of the request.
    const reply = await send(asked.location, asked.tenant, request).catch(() => null);
    const complete = nowMs();
    if (reply !== null) return this.#settled(began, reply, complete);
    return { ...began, ...NOTHING, complete, outcome: isWrite(asked) ? "info" : "fail" };
  }

  #settled(
    began: Asked & Pick<Operation, "token" | "invoke">,
    reply: HistoryReply,
    complete: number,
  ): Operation {
    const { status } = reply;
    const ok = status === 200 || status === 202;
    const served = reply.header(POSITION_HEADER);
    if (served !== null) this.#positions.keep(began.collection, served);
    const nothing = { ...began, ...NOTHING, complete, status };
    if (ok)
      return { ...nothing, outcome: "ok", served, ...answerOf(began, JSON.parse(reply.text)) };
    const { code } = ProblemDocument.parse(JSON.parse(reply.text));
    if (code === "position-lost") this.#positions.forget(began.collection);
    const outcome = !isWrite(began) || CERTAIN.has(status) ? "fail" : "info";
    return { ...nothing, outcome, code };
  }
}

const NOTHING = {
  status: null,
  code: null,
  position: null,
  repeated: null,
  served: null,
  servedPosition: null,
  stalenessMs: null,
  region: null,
  tier: null,
  coverage: null,
  hits: [],
} as const satisfies Partial<Operation>;

function answerOf({ kind }: Asked, body: unknown): Partial<Operation> {
  switch (kind) {
    case "retrieve": {
      const { hits, servedPosition, stalenessMs, region, tier, coverage } =
        RetrieveReply.parse(body);
      const shown = hits.map(({ id, metadata }) => ({
        ...shownOf({ id, metadata }),
        position: null,
      }));
      return { servedPosition, stalenessMs, region, tier, coverage, hits: shown };
    }
    case "get":
    case "list": {
      const { documents, servedPosition, region } = ListReply.parse(body);
      const hits = documents.map((document) => ({
        ...shownOf(document),
        position: document.position,
      }));
      return { servedPosition, region, hits };
    }
    default: {
      const { position, repeated, region } = WriteReply.parse(body);
      return { position, repeated, region };
    }
  }
}

function shownOf({ id, metadata }: Pick<Document, "id" | "metadata">) {
  return { id, value: numberOf(metadata?.["w"]), group: numberOf(metadata?.["g"]) };
}
