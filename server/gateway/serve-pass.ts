import type { Readable } from "node:stream";
import type { Candidate } from "../../engine/schema/candidate.ts";
import { type Attribution, attributionOfBody } from "../log/attribution.ts";
import type { Provider } from "../provider.ts";
import { UpstreamFaultError } from "../upstream-fault.ts";
import type { GatewayAnswer } from "./answer.ts";
import { MONEY_HEADERS, moneyHeaders } from "./answer-headers.ts";
import { AttemptsFailed, PASSING, runAttempts } from "./attempts.ts";
import { attemptOptions } from "./deadline.ts";
import type { Incoming } from "./incoming.ts";
import { openWard } from "./open-ward.ts";
import { forwardedHeaders, returnedHeaders } from "./pass-headers.ts";
import { createPassMeter, decoderOf, type PassMeter } from "./pass-meter.ts";
import { primed } from "./primed.ts";
import { fieldOf, readRaw } from "./read-call.ts";
import { withBody } from "./request-options.ts";
import { createSilenceWatch } from "./silence.ts";
import type { AskedTokens } from "./stage.ts";
import type { StopSignal } from "./stop-signal.ts";
import type { ServeDeps, Story } from "./story.ts";
import type { Target } from "./target.ts";
import { NOT_SENT, type UpstreamAnswer } from "./transport.ts";
import { wireOfPath } from "./wire-of-path.ts";

/** A request that goes to one upstream as it is. */
export interface Passage {
  readonly incoming: Incoming;
  readonly method: string;
  readonly url: string;
  /** A stream can be sent once only, so it is never tried again. */
  readonly body: Buffer | Readable | null;
  readonly candidate: Candidate;
  /** The client's own credential goes along instead of the configured one. */
  readonly isOwnKey: boolean;
}

/** Safe to repeat, because they change nothing. */
const READING = new Set(["GET", "HEAD"]);
/** Faults after which another key or another moment may help. */
const ABOUT_THE_KEY = new Set([401, 402, 403]);

/**
 * Passes a request and its answer untouched, both as streams, and settles what the answer reports to have used. Tried
 * again only before its first byte and when nothing can happen twice: a request that reads, one that generates, or one
 * that never reached the upstream.
 */
export async function tellPassage(
  passage: Passage,
  story: Story,
  deps: ServeDeps,
  providers: ReadonlyMap<string, Provider>,
): Promise<GatewayAnswer> {
  const { incoming, method, url, candidate, isOwnKey } = passage;
  const generates = wireOfPath(url) !== null;
  const asked = passage.body;
  if (generates && Buffer.isBuffer(asked)) story.options = withBody(story.options, attributionIn(asked));
  const payees = billed(passage, generates);
  await story.admit({
    route: story.plan?.routeName ?? story.options.route,
    isNamed: story.plan === null,
    candidates: payees,
    isShared: !isOwnKey && !generates && !STATELESS.test(url.split("?")[0]!),
    tokens: () => tokensOf(passage.body),
  });
  const body = await guardedBody(passage, story);
  const target = story.state.upstreams.target(candidate);
  story.upstream = target.upstreamId;
  const isReplayable = body === null || Buffer.isBuffer(body);
  const isSafe = READING.has(method) || generates;
  let refused: Refused | null = null;

  async function attempt({ provider, wire, transport }: Target, key: string | null, signal: StopSignal) {
    const access = isOwnKey
      ? {}
      : withoutType(provider.address(wire(key), { model: candidate.model, stream: false }).headers);
    const headers = { ...forwardedHeaders(incoming.headers, isOwnKey), ...access };
    const unsigned = { method, url, headers, body };
    const canSign = provider.sign !== undefined && !isOwnKey && isReplayable && (method === "POST" || method === "GET");
    const request = canSign
      ? await provider.sign!({ ...unsigned, method, body: body as Buffer | null }, wire(key), deps.clock())
      : unsigned;
    const answer = await transport.send(request, signal);
    if (answer.status < 400) return answer;
    const bytes = await answer.bytes();
    const fault = provider.decodeError(answer.status, answer.headers, bytes.toString("utf8"), deps.clock());
    refused = { status: answer.status, headers: answer.headers, bytes };
    // What will not be tried again is no fault of the upstream's: it is its answer.
    if (!PASSING.has(fault.kind) && !(ABOUT_THE_KEY.has(answer.status) && !isOwnKey)) return refused;
    throw new UpstreamFaultError(fault);
  }

  story.overheadMs = story.elapsedMs();
  try {
    const done = await runAttempts<UpstreamAnswer | Refused>(
      [target],
      attempt,
      {
        ...attemptOptions(story),
        hedgeAfterMs: null,
        mayRepeat: (fault) => isReplayable && (isSafe || fault.code === NOT_SENT || fault.kind === "rate_limited"),
      },
      incoming.signal,
      deps,
    );
    story.attempts = done.attempts;
    story.candidate = candidate;
    const { result } = done;
    return "read" in result
      ? passed(result, passage, story, target.provider, providers, payees.length === 0)
      : told(result, story);
  } catch (error) {
    if (!(error instanceof AttemptsFailed) || refused === null || incoming.signal.aborted) throw error;
    story.attempts = error.attempts;
    return told(refused, story);
  }
}

/** A JSON body as the guardrails let it go; files, forms and uploads pass them unread. */
async function guardedBody({ incoming, body, method, url }: Passage, story: Story): Promise<Passage["body"]> {
  const ward = openWard(story);
  const type = String(incoming.headers["content-type"] ?? "");
  if (ward === null || method === "GET" || !Buffer.isBuffer(body) || body.length === 0) return body;
  return type.includes("json") ? ward.body(body, wireOfPath(url)) : body;
}

const STATELESS = /\/(?:moderations|count_tokens|input_tokens|models|images|audio)(?:\/|$)|:countTokens$/;
/** Paths that vendors charge nothing for, beside whatever only reads or removes. */
const FREE = /\/(?:moderations|files|uploads|models|count_tokens|input_tokens|cancel)(?:\/|$)|:countTokens$/;

/** Who is paid for a request: for images, sound, batches and the like a sum that tokens do not tell. */
function billed({ method, url, candidate }: Passage, generates: boolean): readonly Candidate[] {
  if (generates) return [candidate];
  return method !== "POST" || FREE.test(url.split("?")[0]!) ? [] : [{ ...candidate, price: null }];
}

/** A body that is not ours to judge may be anything. */
function attributionIn(body: Buffer): Attribution {
  try {
    const raw = readRaw(body);
    return attributionOfBody((name) => fieldOf(raw, name));
  } catch {
    return NOBODY;
  }
}

const NOBODY: Attribution = { metadata: {}, session: null };

/** A body that is not read is counted by its length. */
function tokensOf(body: Passage["body"]): AskedTokens {
  const length = Buffer.isBuffer(body) ? body.length : 0;
  return { input: Math.ceil(length / BYTES_PER_TOKEN), maxOutput: null, answers: 1 };
}

const BYTES_PER_TOKEN = 4;

/** The upstream's own refusal. */
interface Refused {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

function told({ status, headers, bytes }: Refused, story: Story): GatewayAnswer {
  story.settle({ status, usage: null, costNanoUsd: 0, error: `upstream_${status}` });
  return { status, headers: { ...answerHeaders(headers, story), ...moneyHeaders(0, null) }, body: bytes };
}

async function passed(
  answer: UpstreamAnswer,
  { url, method }: Passage,
  story: Story,
  own: Provider,
  providers: ReadonlyMap<string, Provider>,
  isFree: boolean,
): Promise<GatewayAnswer> {
  const { status } = answer;
  const type = answer.headers["content-type"] ?? "";
  const isEncoded = (answer.headers["content-encoding"] ?? "identity") !== "identity";
  const meter = createPassMeter(decoderOf(wireOfPath(url), own, providers), isEncoded || method !== "POST" ? "" : type);
  story.stream = type.includes("text/event-stream");
  const headers: Record<string, string> = answerHeaders(answer.headers, story);
  const body = await primed(flow(answer, meter, story, isFree));
  const length = answer.headers["content-length"];
  // A body of known length has no trailers; where tokens were bought, what they cost is worth more than that.
  if (length !== undefined && wireOfPath(url) === null) headers["content-length"] = length;
  if (headers["content-length"] !== undefined) return { status, headers, body };
  const read = () =>
    isFree ? moneyHeaders(0, null) : moneyHeaders(story.cost(meter.usage()), story.saved(meter.usage()));
  return { status, headers, body, trailers: { names: MONEY_HEADERS, read } };
}

/** Settles once the last byte has passed, or when the client leaves. */
async function* flow(
  answer: UpstreamAnswer,
  meter: PassMeter,
  story: Story,
  isFree: boolean,
): AsyncGenerator<Buffer | string, void, void> {
  let isOver = false;
  let isSilent = false;
  const silence = createSilenceWatch(story.state.limits.silenceMs);
  const next = () => silence.wait(answer.read());
  try {
    yield "";
    for (let chunk = await next(); chunk !== null; chunk = await next()) {
      story.firstTokenMs ??= story.elapsedMs();
      meter.observe(chunk);
      yield chunk;
    }
    isOver = true;
  } catch (error) {
    isSilent = error instanceof UpstreamFaultError && error.fault.kind === "timeout";
    throw error;
  } finally {
    silence.end();
    answer.abort();
    const broken = isSilent ? "timeout" : "connection";
    const usage = meter.usage();
    const error = isOver ? null : story.incoming.signal.aborted ? "client_left" : broken;
    story.settle({
      status: error === "client_left" ? 499 : answer.status,
      usage,
      costNanoUsd: isFree ? 0 : usage === null ? null : story.cost(usage),
      error,
    });
  }
}

/** The vendor's own headers win, its request id among them: the client's library shows it. */
function answerHeaders(headers: Readonly<Record<string, string>>, story: Story): Record<string, string> {
  return { ...story.headers(), ...returnedHeaders(headers) };
}

function withoutType(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "content-type"));
}
