import { describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import type { ChatChoice, ChatEvent, ChatResult } from "../chat.ts";
import type { Dialect, RenderContext } from "../dialect.ts";
import { collectResult } from "../gateway/collect-result.ts";
import type { Provider } from "../provider.ts";
import { DOCUMENTED } from "../providers/_documented/all.ts";
import { bytesOf } from "../providers/_documented/documented.ts";
import { UpstreamFaultError } from "../upstream-fault.ts";
import { argumentsObject } from "./_shared/arguments-object.ts";
import { factsOf, withoutRefusals } from "./_testing/facts.ts";
import type { Json } from "./_testing/heard.ts";
import { type Recording, readRecordings } from "./_testing/recordings.ts";
import { voiceOf } from "./_testing/voices.ts";

const dialects = await discover<Dialect>(new URL("./", import.meta.url));
const providers = await discover<Provider>(new URL("../providers/", import.meta.url));
const recordings = readRecordings();
const documented = DOCUMENTED.map((sample): Recording => {
  const stream = sample.frames === undefined ? null : bytesOf(sample);
  return { name: sample.name, provider: sample.provider, body: sample.body, stream };
});
const pairs = [...recordings, ...documented].flatMap((recording) =>
  [...dialects.values()].map((dialect) => ({ recording, dialect })),
);

function decoded({ provider, body, stream }: Recording): ChatEvent[] | ChatResult | null {
  const { decode, decodeStream } = providers.get(provider)!;
  if (stream !== null) {
    const decoder = decodeStream();
    return [...decoder.push(stream), ...decoder.end()];
  }
  try {
    return decode(body);
  } catch (error) {
    // Error bodies are recorded beside answers.
    expect(error).toBeInstanceOf(UpstreamFaultError);
    return null;
  }
}

function contextOf(dialect: Dialect, wantsUsage: boolean): RenderContext {
  const voice = voiceOf(dialect);
  return {
    requestId: "req_1",
    model: "the-model",
    nowMs: 1_700_000_000_000,
    request: { ...dialect.parse(voice.hello, voice.path), streamUsage: wantsUsage },
  };
}

/** What the vendor of the dialect would tell of this answer, had it given it. */
function comparable(dialect: Dialect, { choices, usage }: ChatResult) {
  const { hasRefusals, wrapsArguments } = voiceOf(dialect);
  const [choice] = choices;
  const { callProofs: _, reasoningProofs: __, calls, ...said } = factsOf(shown(choice!, hasRefusals).parts);
  return {
    ...said,
    calls: wrapsArguments ? calls.map(([id, name, json]) => [id, name, JSON.stringify(argumentsObject(json))]) : calls,
    isCut: choice!.finish === "length",
    output: usage?.output,
    input: usage && usage.inputUncached + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h,
  };
}

function shown(choice: ChatChoice, hasRefusals: boolean): ChatChoice {
  return hasRefusals ? choice : withoutRefusals(choice);
}

describe("recorded and documented answers", () => {
  it.skipIf(recordings.length === 0)(
    "are there for every provider that has some (skipped without ../shared/wire)",
    () => {
      expect(new Set(recordings.map(({ provider }) => provider)).size).toBeGreaterThan(8);
    },
  );

  it.each(pairs.map((pair) => [pair.recording.name, pair.dialect.name, pair] as const))(
    "%s in %s: the client hears what the upstream said",
    (_recording, _dialect, { recording, dialect }) => {
      const said = decoded(recording);
      if (said === null) return;
      const voice = voiceOf(dialect);
      const wantsUsage = Array.isArray(said) && said.some((event) => event.type === "usage");
      const context = contextOf(dialect, wantsUsage);
      let answer: Json;
      let result: ChatResult;
      if (Array.isArray(said)) {
        const renderer = dialect.renderStream(context);
        const text = said.map((event) => renderer.push([event])).join("");
        const heard = voice.hear(text, wantsUsage);
        const error = said.find((event) => event.type === "error");
        expect(heard.error === null).toBe(error === undefined);
        if (error !== undefined) return;
        answer = heard.answer;
        result = collectResult(said, null);
      } else {
        answer = JSON.parse(JSON.stringify(dialect.render(said, context)));
        result = said;
      }
      if (voice.provider === null) {
        const { text, refusal } = factsOf(result.choices[0]!.parts);
        expect(answer.choices[0].text).toBe(text + refusal);
        return;
      }
      const again = providers.get(voice.provider)!.decode(answer);
      const expected = comparable(dialect, result);
      const heardAgain = comparable(dialect, again);
      // Of a call cut short, a client whose arguments are objects makes what it can.
      if (expected.isCut && voice.wrapsArguments) Object.assign(expected, { calls: heardAgain.calls });
      // A dialect that must count estimates where the upstream said nothing.
      if (result.usage === null) Object.assign(expected, { input: heardAgain.input, output: heardAgain.output });
      expect(heardAgain).toEqual(expected);
    },
  );
});
