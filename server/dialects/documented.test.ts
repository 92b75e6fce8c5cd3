import { describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import type { ChatEvent, ChatResult } from "../chat.ts";
import type { Dialect, RenderContext } from "../dialect.ts";
import { collectResult } from "../gateway/collect-result.ts";
import { eventsOfResult } from "../gateway/events-of-result.ts";
import type { Provider } from "../provider.ts";
import { DOCUMENTED } from "../providers/_documented/all.ts";
import { bytesOf, type Documented } from "../providers/_documented/documented.ts";
import { argumentsObject } from "./_shared/arguments-object.ts";
import { type ClientHeard, EARS, type Ears } from "./_testing/sdk-ears.ts";
import { voiceOf } from "./_testing/voices.ts";

const dialects = await discover<Dialect>(new URL("./", import.meta.url));
const providers = await discover<Provider>(new URL("../providers/", import.meta.url));
/** Answers that begin: a fault before that is an error of its own, with its own test. */
const answered = DOCUMENTED.filter(({ frames, says }) => frames !== undefined || says.fault === undefined);
const pairs = answered.flatMap((sample) =>
  Object.keys(EARS).map((name) => [sample.provider, sample.name, name, sample, dialects.get(name)!] as const),
);

function eventsOf({ provider, frames, body }: Documented): ChatEvent[] {
  const { decode, decodeStream } = providers.get(provider)!;
  if (frames === undefined) return eventsOfResult(decode(body));
  const decoder = decodeStream();
  return [...decoder.push(bytesOf({ frames, provider } as Documented)), ...decoder.end()];
}

function contextOf(dialect: Dialect): RenderContext {
  const voice = voiceOf(dialect);
  const request = { ...dialect.parse(voice.hello, voice.path), streamUsage: true };
  return { requestId: "req_1", model: "the-model", nowMs: 1_700_000_000_000, request };
}

/** What the client is to hear, by what the vendor's documentation means and how the dialect says it. */
function expected({ choices, usage }: ChatResult, dialect: Dialect, ears: Ears, said: ClientHeard): ClientHeard {
  const { parts, finish } = choices[0]!;
  const join = (...kinds: readonly string[]) =>
    parts.flatMap((part) => (kinds.includes(part.kind) && "text" in part ? [part.text] : [])).join("");
  const { wrapsArguments } = voiceOf(dialect);
  const hasRefusal = parts.some(({ kind }) => kind === "refusal");
  // A refusal that says why is an ordinary end to OpenAI.
  const isSpokenRefusal = finish === "refusal" && hasRefusal && !ears.refusesInText;
  return {
    text: join("text", "refusal"),
    calls: parts.flatMap((part, index) => {
      if (part.kind !== "tool_call") return [];
      // Of broken JSON a client makes what it can.
      if (typeof argsOf(part.argumentsJson) === "string" && finish === "length") return [said.calls[index]!];
      return [[part.name, wrapsArguments ? argumentsObject(part.argumentsJson) : argsOf(part.argumentsJson)]] as const;
    }),
    reasoning: join("reasoning"),
    cites: parts.flatMap((part) => (part.kind === "text" ? part.citations.flatMap(({ url }) => url ?? []) : [])),
    finish: ears.finishes[isSpokenRefusal ? "stop" : finish],
    // Where the vendor counts nothing, the dialect that must count estimates.
    input:
      usage === null ? said.input : usage.inputUncached + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h,
    output: usage === null ? said.output : usage.output,
  };
}

function argsOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

describe("answers that vendors document, through every dialect to its own vendor's client", () => {
  it.each(pairs)("%s: %s, in %s", async (_provider, _name, name, sample, dialect) => {
    const ears = EARS[name]!;
    const events = eventsOf(sample);
    const renderer = dialect.renderStream(contextOf(dialect));
    const streamed = events.map((event) => renderer.push([event])).join("");
    if (sample.says.fault !== undefined) {
      await expect(ears.stream(streamed)).rejects.toBeInstanceOf(Error);
      return;
    }
    const result = collectResult(events, null);
    const heard = await ears.stream(streamed);
    expect(heard).toEqual(expected(result, dialect, ears, heard));
    const whole = await ears.whole(JSON.stringify(dialect.render(result, contextOf(dialect))));
    expect(whole).toEqual(expected(result, dialect, ears, whole));
  });
});
