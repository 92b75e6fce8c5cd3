import { describe, expect, it } from "vitest";
import type { ChatEvent } from "../chat.ts";
import google from "../providers/google.ts";
import perplexity from "../providers/perplexity.ts";
import { type Passing, piecesOf } from "./stream-pieces.ts";
import type { UpstreamAnswer } from "./transport.ts";

const frame = (json: unknown) => `data: ${JSON.stringify(json)}\n\n`;
const candidate = (text: string, finishReason?: string) =>
  frame({ candidates: [{ index: 0, content: { role: "model", parts: [{ text }] }, finishReason }] });
const chunk = (delta: object, finish_reason: string | null = null) =>
  frame({ id: "c", model: "m", choices: [{ index: 0, delta, finish_reason }] });

/** @returns what passes, and the events of each piece that is to be rendered instead */
async function passed(decoder: ReturnType<typeof google.decodeStream>, passing: Passing, chunks: readonly string[]) {
  const left = [...chunks];
  const answer = { read: async () => (left.length === 0 ? null : Buffer.from(left.shift()!)), abort: () => {} };
  let bytes = "";
  const rendered: ChatEvent["type"][][] = [];
  for await (const piece of piecesOf(answer as unknown as UpstreamAnswer, decoder, passing)) {
    if (piece.bytes === null) rendered.push(piece.events.map(({ type }) => type));
    else bytes += piece.bytes.toString("utf8");
  }
  return { bytes, rendered };
}

describe("a stream to a client of its own format", () => {
  it("passes as it came where it ends without a mark, as Google's does", async () => {
    const frames = [candidate("Bl"), candidate("ue", "STOP")];
    expect(await passed(google.decodeStream(), "all", frames)).toEqual({ bytes: frames.join(""), rendered: [] });
  });

  it("passes as it came where Google broke it off", async () => {
    const frames = [candidate("Bl", "MALFORMED_FUNCTION_CALL")];
    expect(await passed(google.decodeStream(), "all", frames)).toEqual({ bytes: frames.join(""), rendered: [] });
  });

  it("gets the mark of the end that it lacks, and nothing twice", async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const frames = [chunk({ content: "Blue" }), chunk({}, "stop"), frame({ id: "c", model: "m", choices: [], usage })];
    expect(await passed(perplexity.decodeStream(), "answers", frames)).toEqual({
      bytes: frames.join(""),
      rendered: [["end"]],
    });
  });

  it.each([
    ["with its mark", ["data: [DONE]\n\n"]],
    ["without it", []],
  ])("has its end %s told as an error where the vendor broke it off", async (_, end) => {
    const frames = [chunk({ content: "Bl" }), chunk({}, "error")];
    expect(await passed(perplexity.decodeStream(), "answers", [...frames, ...end])).toEqual({
      bytes: frames.join(""),
      rendered: [["part_end", "error"]],
    });
  });

  it("is cut off with an error, where the connection is, without what came of the last frame", async () => {
    const { bytes, rendered } = await passed(google.decodeStream(), "all", [candidate("Bl"), "data: {"]);
    expect(bytes).toBe(candidate("Bl"));
    expect(rendered.at(-1)?.at(-1)).toBe("error");
  });
});
