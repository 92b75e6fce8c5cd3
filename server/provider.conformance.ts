import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChatChoice, ChatEvent, ChatResult } from "./chat.ts";
import { collectResult } from "./gateway/collect-result.ts";
import type { Provider, UpstreamTarget } from "./provider.ts";
import { brokenOrder } from "./providers/_samples/check-events.ts";
import { plainRequest, richRequest } from "./providers/_samples/rich-request.ts";
import type { WireAnswer, WireSamples } from "./providers/_samples/samples.ts";
import { UpstreamFaultError } from "./upstream-fault.ts";

const KEY = "sk-of-the-test";
const target: UpstreamTarget = {
  baseUrl: "https://upstream.example",
  apiKey: KEY,
  headers: { "x-own": "1" },
  options: {},
};

/** Events of a stream, its bytes cut at the given places. */
export function readStream(provider: Provider, bytes: Uint8Array, cuts: readonly number[] = []): ChatEvent[] {
  const decoder = provider.decodeStream();
  const events: ChatEvent[] = [];
  let from = 0;
  for (const cut of [...new Set(cuts)].sort((a, b) => a - b)) {
    events.push(...decoder.push(bytes.subarray(from, cut)));
    from = cut;
  }
  events.push(...decoder.push(bytes.subarray(from)), ...decoder.end());
  return events;
}

/** What every provider must do; `samples` are answers in its wire format. */
export function providerConformance(provider: Provider, samples: WireSamples): void {
  const answers: [string, WireAnswer][] = [
    ["text", samples.text],
    ["tools", samples.tools],
    ...(samples.reasoning === null ? [] : [["reasoning", samples.reasoning] satisfies [string, WireAnswer]]),
  ];
  const streams = [...answers.map(([, { stream }]) => stream), samples.brokenOff.stream];
  const fails = (events: readonly ChatEvent[]) => events.at(-1)?.type === "error";

  describe(`provider ${provider.name}`, () => {
    it("decodes a text", () => {
      const { choices } = provider.decode(samples.text.body);
      expect(choices).toHaveLength(1);
      expect(textsOf(choices[0]!)).toBe("The sky is blue.");
      expect(choices[0]).toMatchObject({ finish: "stop", stopSequence: null });
    });

    it("decodes parallel tool calls in their order, no arguments as {}", () => {
      const [choice] = provider.decode(samples.tools.body).choices;
      expect(callsOf(choice!)).toEqual([
        ["get_weather", { city: "Paris" }],
        ["get_time", {}],
      ]);
      expect(choice!.finish).toBe("tool_calls");
      const ids = choice!.parts.flatMap((part) => (part.kind === "tool_call" ? [part.id] : []));
      expect(new Set(ids.filter((id) => id !== "")).size).toBe(2);
    });

    it.skipIf(samples.reasoning === null)("decodes reasoning apart from the answer", () => {
      const { parts } = provider.decode(samples.reasoning!.body).choices[0]!;
      expect(parts[0]).toMatchObject({ kind: "reasoning", text: samples.reasoning!.text });
      expect(textsOf({ parts })).toBe("Blue.");
    });

    it.each(answers)("decodes the stream of %s to what the whole answer says", (_name, { body, stream }) => {
      const events = readStream(provider, stream);
      expect(brokenOrder(events)).toBeNull();
      expect(events.at(-1)).toEqual({ type: "end" });
      expect(comparable(collectResult(events, null))).toEqual(comparable(provider.decode(body)));
      expect(proofsOf(events)).toEqual(proofsOfResult(provider.decode(body)));
    });

    it.each(answers)(
      "counts the usage of %s in disjoint classes, whole and streamed",
      (_name, { body, stream, usage }) => {
        const [inputUncached, cacheRead, output, reasoning] = usage;
        const expected = {
          inputUncached,
          cacheRead,
          output,
          reasoning,
          cacheWrite5m: 0,
          cacheWrite1h: 0,
          estimated: false,
        };
        expect(provider.decode(body).usage).toEqual(expected);
        expect(collectResult(readStream(provider, stream), null).usage).toEqual(expected);
      },
    );

    it("tells the kind of every fault, and how long to wait", () => {
      for (const { status, headers = {}, body, kind, retryAfterMs } of samples.faults) {
        const fault = provider.decodeError(status, headers, body);
        expect({ kind: fault.kind, status: fault.status, body }).toEqual({ kind, status, body });
        expect(fault.message).not.toBe("");
        if (retryAfterMs !== undefined) expect(fault.retryAfterMs).toBe(retryAfterMs);
      }
    });

    it("reads a retry-after date against the given clock", () => {
      const headers = { "retry-after": "Thu, 01 Jan 1970 00:01:00 GMT" };
      expect(provider.decodeError(429, headers, "", 30_000).retryAfterMs).toBe(30_000);
      expect(provider.decodeError(429, headers, "").retryAfterMs).toBeNull();
    });

    it("takes a proxy's page for what its status says", () => {
      const kinds = {
        401: "authentication",
        404: "not_found",
        429: "rate_limited",
        502: "server_error",
        503: "overloaded",
      };
      for (const [status, kind] of Object.entries(kinds)) {
        const fault = provider.decodeError(Number(status), { "content-type": "text/html" }, "<html>oops</html>");
        expect(fault).toMatchObject({ kind, status: Number(status) });
        expect(fault.message).not.toContain("<html>");
      }
    });

    it("turns a fault within a stream into its last event", () => {
      const events = readStream(provider, samples.brokenOff.stream);
      expect(brokenOrder(events)).toBeNull();
      expect(events.at(-1)).toMatchObject({ type: "error", error: { kind: samples.brokenOff.kind } });
      expect(events.some((event) => event.type === "delta" && event.text === "The")).toBe(true);
    });

    it("gives the same events for every cutting of a stream", () => {
      for (const stream of streams) {
        const whole = readStream(provider, stream);
        const cuts = fc.array(fc.nat(stream.length), { maxLength: 40 });
        fc.assert(
          fc.property(cuts, (at) => {
            expect(readStream(provider, stream, at)).toEqual(whole);
          }),
          { seed: 7, numRuns: 40 },
        );
        expect(
          readStream(
            provider,
            stream,
            Array.from({ length: stream.length }, (_, i) => i),
          ),
        ).toEqual(whole);
      }
    });

    it("ends a stream that breaks off anywhere in an error, unless all was said", () => {
      for (const [, { stream }] of answers) {
        const whole = readStream(provider, stream);
        for (let length = 0; length < stream.length; length += length < stream.length - 60 ? 13 : 1) {
          const events = readStream(provider, stream.subarray(0, length));
          expect(brokenOrder(events)).toBeNull();
          // What comes after the finish (usage, end marks) may be lost without the answer being broken.
          const isFinished = events.some((event) => event.type === "finish");
          if (!isFinished) expect(fails(events)).toBe(true);
          else expect(said(events)).toEqual(said(whole));
        }
      }
    });

    it("throws nothing at a stream of garbage", () => {
      const noise = fc.uint8Array({ maxLength: 300 });
      fc.assert(
        fc.property(noise, fc.constantFrom(...streams), fc.nat(), (bytes, stream, place) => {
          const at = place % stream.length;
          const spoiled = Buffer.concat([stream.subarray(0, at), bytes, stream.subarray(at)]);
          expect(brokenOrder(readStream(provider, bytes))).toBeNull();
          expect(brokenOrder(readStream(provider, spoiled))).toBeNull();
        }),
        { seed: 7, numRuns: 150 },
      );
    });

    it("throws nothing at frames of any JSON", () => {
      const frames = fc.array(
        fc.oneof(fc.json(), ...answers.map(([, { body }]) => mutated(body).map((v) => JSON.stringify(v)))),
        {
          maxLength: 5,
        },
      );
      fc.assert(
        fc.property(frames, (values) => {
          const bytes = Buffer.from(values.map((value) => `data: ${value}\n\n`).join(""));
          expect(brokenOrder(readStream(provider, bytes))).toBeNull();
        }),
        { seed: 7, numRuns: 150 },
      );
    });

    it("answers a body that is not the vendor's with a fault, never with another error", () => {
      const bodies = fc.oneof(fc.jsonValue(), ...answers.map(([, { body }]) => mutated(body)));
      fc.assert(
        fc.property(bodies, (body) => {
          try {
            const result = provider.decode(body);
            expect(result.choices.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(UpstreamFaultError);
          }
        }),
        { seed: 7, numRuns: 300 },
      );
    });

    it("makes a fault of any error body", () => {
      fc.assert(
        fc.property(fc.integer({ min: 400, max: 599 }), fc.oneof(fc.json(), fc.string()), (status, body) => {
          expect(provider.decodeError(status, {}, body).status).toBe(status);
        }),
        { seed: 7, numRuns: 200 },
      );
    });

    it("addresses a call with the key in a header, never in the URL, and lets configured headers win", () => {
      for (const stream of [false, true]) {
        const { url, headers } = provider.address(target, { model: "org/model:1", stream });
        expect(new URL(url).host).toBe("upstream.example");
        expect(url).not.toContain(KEY);
        expect(Object.values(headers).join()).toContain(KEY);
        expect(headers["x-own"]).toBe("1");
      }
      expect(
        JSON.stringify(provider.address({ ...target, apiKey: null }, { model: "m", stream: false }).headers),
      ).not.toContain("null");
    });

    it("encodes a plain question without dropping a thing", () => {
      const { body, dropped } = provider.encode(plainRequest, "m", {});
      expect(dropped).toEqual([]);
      expect(JSON.stringify(body)).toContain("Why is the sky blue?");
    });

    it("encodes a rich conversation to the body on file, and says what it dropped", async () => {
      const { body, dropped } = provider.encode(richRequest, modelOf(provider), {});
      expect(dropped).toContain("some.other_field");
      const text = `${JSON.stringify({ dropped, body }, null, 1)}\n`;
      await expect(text).toMatchFileSnapshot(`providers/fixtures/${provider.name}.json`);
    });

    it("keeps each call and its result together, and all that was said", () => {
      const { body } = provider.encode(richRequest, modelOf(provider), {});
      const json = JSON.stringify(body);
      for (const words of ["You are terse.", "Let me look.", "Paris", "21", "clock is down", "Go on."]) {
        expect(json).toContain(words);
      }
      if (provider.abilities.images) expect(json).toContain("iVBORw0KGgo=");
      else expect(provider.encode(richRequest, "m", {}).dropped.length).toBeGreaterThan(0);
      const ids = [...json.matchAll(/"(?:id|call_id|tool_call_id|tool_use_id|toolUseId)":"([^"]*)"/g)].map(
        ([, id]) => id!,
      );
      const calls = new Map<string, number>();
      for (const id of ids.filter((each) => !each.startsWith("rs_"))) calls.set(id, (calls.get(id) ?? 0) + 1);
      expect([...calls.values()].every((count) => count === 2)).toBe(true);
    });

    it("encodes whatever a request may hold", () => {
      const odd = {
        ...richRequest,
        messages: [
          { role: "assistant", parts: [] },
          { role: "tool", toolCallId: "", name: null, parts: [], isError: false },
          {
            role: "assistant",
            parts: [
              { kind: "refusal", text: "no" },
              { kind: "tool_call", id: "", name: "x", argumentsJson: '{"broken', signature: null },
              { kind: "reasoning", text: "", signature: null, redacted: "weir.openai.ZW5j" },
            ],
          },
          {
            role: "user",
            parts: [
              { kind: "audio", source: { kind: "base64", mediaType: "audio/wav", data: "UklGRg==" } },
              { kind: "document", source: { kind: "file", fileId: "file-1" }, filename: null, title: "t" },
              {
                kind: "document",
                source: { kind: "base64", mediaType: "text/plain", data: "aGk=" },
                filename: null,
                title: null,
              },
              { kind: "image", source: { kind: "url", url: "https://e.org/a.webp" }, detail: null },
              { kind: "image", source: { kind: "url", url: "data:image/gif;base64,R0lG" }, detail: null },
            ],
          },
        ],
        tools: [],
        toolChoice: { kind: "tool", name: "gone" },
        output: { kind: "json" },
      } as const;
      expect(() => JSON.stringify(provider.encode(odd, modelOf(provider), {}).body)).not.toThrow();
      expect(() => provider.encode({ ...plainRequest, messages: [] }, "m", {})).not.toThrow();
    });
  });
}

/** A model of the vendor that knows the most. */
function modelOf({ format }: Provider): string {
  if (format === "anthropic-messages") return "claude-sonnet-4-5";
  if (format === "bedrock-converse") return "anthropic.claude-sonnet-4-5-20250929-v1:0";
  if (format === "gemini") return "gemini-3-pro";
  return "m";
}

function textsOf({ parts }: Pick<ChatChoice, "parts">): string {
  return parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("");
}

function callsOf({ parts }: ChatChoice): [string, unknown][] {
  return parts.flatMap((part) => (part.kind === "tool_call" ? [[part.name, JSON.parse(part.argumentsJson)]] : []));
}

/** Without what only one of the two forms tells, and with a text's own proof left to `proofsOf`. */
function comparable({ id, choices, usage }: ChatResult) {
  const plain = choices.map(({ parts, ...choice }) => ({
    ...choice,
    parts: parts.map((part) => {
      if (part.kind !== "text") return part;
      const { signature: _proof, ...rest } = part;
      return rest;
    }),
  }));
  return { id, choices: plain, usage };
}

function proofsOf(events: readonly ChatEvent[]) {
  return events.flatMap((event) => (event.type === "part_end" ? [[event.signature, event.redacted]] : []));
}

function proofsOfResult({ choices }: ChatResult) {
  return choices.flatMap(({ parts }) =>
    parts.map((part) => [
      "signature" in part ? (part.signature ?? null) : null,
      part.kind === "reasoning" ? part.redacted : null,
    ]),
  );
}

/** All words and arguments of a stream. */
function said(events: readonly ChatEvent[]): string {
  return events.flatMap((event) => (event.type === "delta" ? [event.text] : [])).join("");
}

/** A JSON body with one value somewhere in it replaced by another. */
function mutated(body: unknown): fc.Arbitrary<unknown> {
  return fc.tuple(fc.nat(), fc.jsonValue({ maxDepth: 1 })).map(([place, value]) => {
    const copy = structuredClone({ body });
    const places: [Record<string, unknown>, string][] = [];
    const walk = (node: unknown) => {
      if (typeof node !== "object" || node === null) return;
      for (const [name, inner] of Object.entries(node)) {
        places.push([node as Record<string, unknown>, name]);
        walk(inner);
      }
    };
    walk(copy);
    const [owner, name] = places[place % places.length]!;
    owner[name] = value;
    return copy.body;
  });
}
