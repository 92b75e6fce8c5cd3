import { createHash } from "node:crypto";
import { ANONYMOUS, type Caller } from "../caller.ts";
import type { ReadCall } from "../gateway/read-call.ts";
import type { RequestOptions } from "../gateway/request-options.ts";
import { nameIn } from "../log/attribution.ts";
import type { CacheRules } from "./cache-config.ts";
import { canonicalJson, NotCanonical } from "./canonical-json.ts";
import type { CacheDirectives } from "./directives.ts";
import { hollowBody, isWhole } from "./hollow-body.ts";
import { plainRequest, UNHEARD } from "./plain-request.ts";
import { type NearAsk, nearAskOfBody, nearAskOfPlain } from "./semantic/near-ask.ts";

/** What a request asks, and for whom, as far as the cache may know it. */
export interface CacheQuestion {
  /** Digest of all that makes the answer, 32 bytes in hex. */
  readonly id: string;
  /** Seals the answer where it is stored: only who asks the same again can open it. 32 bytes. */
  readonly sealingKey: Buffer;
  /** Whose answers these are; opaque, 16 bytes in hex. */
  readonly partition: string;
  /** Owner, route and model: all that must be the same beside the body. */
  readonly circumstances: string;
  /** Its last ask and everything else, apart; null where it has no ask of its own. Made when it is asked for. */
  readonly near: () => NearAsk | null;
}

export interface QuestionFacts {
  readonly call: ReadCall;
  readonly caller: Caller | null;
  readonly options: RequestOptions;
  readonly route: string | null;
  /** Who would answer: the candidate that is asked first, or the pool of its equals. */
  readonly modelClass: string;
  /** Its name at the vendor. */
  readonly model: string;
  /** Headers of the client that its vendor reads. */
  readonly vendorHeaders: Readonly<Record<string, string>>;
}

type Json = Readonly<Record<string, unknown>>;

/** These say who pays or how the body is spelt, not what is asked. */
const SPELLING = /^(?:anthropic-version|openai-(?:organization|project))$/;
/** The answer hangs on what the vendor keeps, or comes later. */
const ELSEWHERE = ["previous_response_id", "conversation", "background", "container", "prompt_id", "cachedContent"];
const TOOL_FIELDS = ["tools", "functions", "mcp_servers", "toolConfig", "web_search_options"];

/**
 * The question of a request; null for one that must pass the cache by: it draws lots, calls tools where tools are not
 * cached, or hangs on things that are not in it.
 */
export function cacheQuestion(
  facts: QuestionFacts,
  rules: CacheRules,
  directives: CacheDirectives,
): CacheQuestion | null {
  const { call } = facts;
  if (rules.exact === "off" || (!directives.reads && !directives.writes)) return null;
  const isAskedFor = rules.exact === "all" || directives.ttlSeconds !== null;
  // Before the body is read as a whole: most requests that pass by say so in one field.
  if (!isAskedFor && !mayBeCertain(call)) return null;
  try {
    const body = bodyOf(call);
    if (!isAskedFor && temperatureOf(body) !== 0) return null;
    if (ELSEWHERE.some((name) => isSaid(body[name]))) return null;
    if (!rules.tools && (TOOL_FIELDS.some((name) => isSaid(body[name])) || hasToolTurns(body))) return null;
    return questionOf(facts, rules, body);
  } catch (error) {
    if (error instanceof NotCanonical) return null;
    throw error;
  }
}

/** The body with long texts as their digests. A body is an object, or the scan would have refused it. */
function bodyOf({ raw: { bytes }, json }: ReadCall): Json {
  if (isWhole(bytes)) return json() as Json;
  try {
    return hollowBody(bytes) as Json;
  } catch {
    // A bad escape: this says where.
    return json() as Json;
  }
}

function questionOf(facts: QuestionFacts, { scope }: CacheRules, body: Json): CacheQuestion {
  const { call, modelClass, model, route, vendorHeaders } = facts;
  const owner = ownerOf(facts, scope, body);
  const meant = Object.entries(vendorHeaders).filter(([name]) => !SPELLING.test(name));
  const circumstances = canonicalJson([owner, route, modelClass, model, meant]);
  const { format } = call.dialect;
  const plain = plainRequest(body, format);
  const asked =
    plain === null
      ? [format, canonicalJson(body, { without: UNHEARD })]
      : [
          "plain",
          plain.system,
          JSON.stringify(plain.settings),
          ...plain.turns.flatMap(({ role, text }) => [role, text]),
        ];
  const hash = createHash("sha512");
  // With their lengths, so that no two lists of texts are the same bytes.
  for (const text of [circumstances, ...asked]) hash.update(`${text.length}:`).update(text);
  const digest = hash.digest();
  return {
    id: digest.toString("hex", 0, 32),
    sealingKey: digest.subarray(32),
    partition: partitionOf(partitionName(facts)),
    circumstances,
    near: () => (plain === null ? nearAskOfBody(body, format, circumstances) : nearAskOfPlain(plain, circumstances)),
  };
}

/** Names of owners, each in its own place, so that no key can be named like somebody's tenant. */
function ownerOf({ caller, options }: QuestionFacts, scope: CacheRules["scope"], body: Json): string {
  const { tenant, keyId, user } = caller ?? ANONYMOUS;
  const said = nameIn(options.metadata, "tenant");
  // One key may serve many tenants of its own; what it says of them only ever divides.
  const own = scope === "tenant" && tenant !== null ? [tenant, null] : [tenant, keyId];
  const named = user ?? nameIn(options.metadata, "user") ?? userOf(body);
  return JSON.stringify([...own, said, scope === "user" ? named : null, scope]);
}

/** A tenant's answers, whoever of it asked; else a key's; else everybody's. */
function partitionName({ caller, options }: QuestionFacts): Parameters<typeof partitionOf>[0] {
  const { tenant, keyId } = caller ?? ANONYMOUS;
  const named = tenant ?? nameIn(options.metadata, "tenant");
  if (named !== null) return { tenant: named };
  return keyId === null ? {} : { keyId };
}

/** The opaque name under which somebody's answers can be cleared. */
export function partitionOf(owner: { readonly tenant?: string; readonly keyId?: string }): string {
  return createHash("sha256")
    .update(JSON.stringify([owner.tenant ?? null, owner.keyId ?? null]))
    .digest("hex")
    .slice(0, 32);
}

function userOf({ user, metadata }: Json): string | null {
  if (typeof user === "string") return user;
  const id = (metadata as { user_id?: unknown } | undefined | null)?.user_id;
  return typeof id === "string" ? id : null;
}

/** Gemini says it in a section of its own. */
function mayBeCertain({ raw: { bytes, fields } }: ReadCall): boolean {
  const span = fields.get("temperature");
  if (span !== undefined) return Number(bytes.toString("latin1", span.start, span.end)) === 0;
  return fields.has("generationConfig") || fields.has("generation_config");
}

function temperatureOf(body: Json): unknown {
  const config = body["generationConfig"] ?? body["generation_config"];
  return body["temperature"] ?? (config as Json | undefined)?.["temperature"];
}

function isSaid(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "none") return false;
  return !Array.isArray(value) || value.length > 0;
}

/** Whether a turn calls a tool or tells what it gave back. */
function hasToolTurns(body: Json): boolean {
  const turns = body["messages"] ?? body["contents"] ?? body["input"];
  return Array.isArray(turns) && turns.some((turn) => isToolTurn(turn as Json | null));
}

const TOOL_PARTS = new Set<unknown>(["tool_use", "tool_result", "function_call", "function_call_output"]);

function isToolTurn(turn: Json | null): boolean {
  if (typeof turn !== "object" || turn === null) return false;
  const { role, type, content, parts } = turn;
  if (role === "tool" || role === "function" || TOOL_PARTS.has(type)) return true;
  if (isSaid(turn["tool_calls"]) || isSaid(turn["function_call"])) return true;
  const inside = content ?? parts;
  return (
    Array.isArray(inside) &&
    inside.some((part: Json | null) => {
      if (typeof part !== "object" || part === null) return false;
      return TOOL_PARTS.has(part["type"]) || isSaid(part["functionCall"]) || isSaid(part["functionResponse"]);
    })
  );
}
