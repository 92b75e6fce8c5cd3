import { describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import type { ChatEvent, ChatResult, Usage } from "../chat.ts";
import { collectResult } from "../gateway/collect-result.ts";
import { readStream } from "../provider.conformance.ts";
import type { Provider } from "../provider.ts";
import { UpstreamFaultError } from "../upstream-fault.ts";
import { DOCUMENTED } from "./_documented/all.ts";
import { bytesOf, type Documented, type Said } from "./_documented/documented.ts";
import { brokenOrder } from "./_samples/check-events.ts";

const providers = await discover<Provider>(new URL("./", import.meta.url));
const NO_USAGE: Usage = {
  inputUncached: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  estimated: false,
};

/** What every vendor may send between its frames, and clients are to pass over. */
const UNKNOWN: Readonly<Record<string, readonly unknown[]>> = {
  bedrock: [["somethingNewEvent", { a: [1] }]],
  google: [{ somethingNew: { a: [1] } }],
  vertex: [{ somethingNew: { a: [1] } }],
};
const UNKNOWN_FRAMES = [{ type: "something.new", a: [1], text: "no", delta: null }, ": something"];

function resultOf(provider: Provider, sample: Documented): { result: ChatResult; fault: string | null } {
  if (sample.frames !== undefined) return soFar(readStream(provider, bytesOf(sample)));
  try {
    return { result: provider.decode(sample.body), fault: null };
  } catch (error) {
    if (!(error instanceof UpstreamFaultError)) throw error;
    return { result: collectResult([], null), fault: error.fault.kind };
  }
}

function soFar(events: readonly ChatEvent[]): { result: ChatResult; fault: string | null } {
  const last = events.at(-1);
  const said = events.filter(({ type }) => type !== "error");
  return { result: collectResult(said, null), fault: last?.type === "error" ? last.error.kind : null };
}

function saidBy({ choices, usage }: ChatResult, fault: string | null): Said {
  const parts = choices[0]?.parts ?? [];
  const join = (kind: "text" | "reasoning" | "refusal") =>
    parts.flatMap((part) => (part.kind === kind && "text" in part ? [part.text] : [])).join("");
  return {
    text: join("text"),
    reasoning: join("reasoning"),
    refusal: join("refusal"),
    calls: parts.flatMap((part) => (part.kind === "tool_call" ? [[part.name, part.argumentsJson] as const] : [])),
    cites: parts.flatMap((part) => (part.kind === "text" ? part.citations.map(({ url }) => url ?? "") : [])),
    ...(fault === null
      ? { finish: choices[0]!.finish, ...(usage === null ? {} : { usage }) }
      : { fault: fault as never }),
  };
}

function expectedOf({ usage, ...said }: Said): Said {
  return {
    text: "",
    reasoning: "",
    refusal: "",
    calls: [],
    cites: [],
    ...said,
    ...(usage === undefined ? {} : { usage: { ...NO_USAGE, ...usage } }),
  };
}

function withNewFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNewFields);
  if (typeof value !== "object" || value === null) return value;
  const inner = Object.entries(value).map(([name, field]) => [name, KEPT.has(name) ? field : withNewFields(field)]);
  return { ...Object.fromEntries(inner), x_new_field: { a: [1, "b", null] } };
}

/** What the client's own words are in: a field more would be said by the model. */
const KEPT = new Set(["args", "input", "arguments", "function_call"]);

describe("answers that vendors document", () => {
  it.each(DOCUMENTED.map((sample) => [sample.provider, sample.name, sample] as const))(
    "%s: %s",
    (name, _name, sample) => {
      const provider = providers.get(name)!;
      const { result, fault } = resultOf(provider, sample);
      expect(saidBy(result, fault)).toEqual(expectedOf(sample.says));
    },
  );

  it("mean the same with fields that nobody knows yet", () => {
    for (const sample of DOCUMENTED) {
      const provider = providers.get(sample.provider)!;
      const newer =
        sample.frames === undefined
          ? { ...sample, body: withNewFields(sample.body) }
          : {
              ...sample,
              frames: sample.frames.map((frame) =>
                Array.isArray(frame) ? [frame[0], withNewFields(frame[1])] : withNewFields(frame),
              ),
            };
      expect({ name: sample.name, ...resultOf(provider, newer) }).toEqual({
        name: sample.name,
        ...resultOf(provider, sample),
      });
    }
  });
});

describe("streams that vendors document", () => {
  const streams = DOCUMENTED.filter(({ frames }) => frames !== undefined);

  it.each(streams.map((sample) => [sample.provider, sample.name, sample] as const))(
    "%s: %s: come in order, and are the same byte by byte and with events between them that nobody knows yet",
    (name, _name, sample) => {
      const provider = providers.get(name)!;
      const bytes = bytesOf(sample);
      const events = readStream(provider, bytes);
      expect(brokenOrder(events)).toBeNull();
      expect(readStream(provider, bytes, [...bytes.keys()])).toEqual(events);
      expect(readStream(provider, bytesOf(sample, UNKNOWN[name] ?? UNKNOWN_FRAMES))).toEqual(events);
    },
  );
});
