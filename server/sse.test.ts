import fc from "fast-check";
import { expect, it } from "vitest";
import { createSseParser, type SseFrame } from "./sse.ts";

const parse = (chunks: readonly Uint8Array[]): SseFrame[] => {
  const parser = createSseParser();
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
};

// by hand, after the rules of the WHATWG specification
it.each([
  { name: "lines that end in LF", text: "data: a\n\ndata: b\n\n", frames: ["a", "b"] },
  { name: "lines that end in CRLF", text: "data: a\r\n\r\ndata: b\r\n\r\n", frames: ["a", "b"] },
  { name: "lines that end in CR", text: "data: a\r\rdata: b\r\r", frames: ["a", "b"] },
  { name: "several data lines joined", text: "data: a\ndata: b\n\n", frames: ["a\nb"] },
  { name: "comments and unknown fields passed over", text: ": ping\nid: 1\ndata: a\n\n", frames: ["a"] },
  { name: "only the first space taken off", text: "data:  a\n\ndata:b\n\n", frames: [" a", "b"] },
  { name: "a last frame without its empty line", text: "data: a\n\ndata: b", frames: ["a", "b"] },
  { name: "no frame without data", text: "event: ping\n\n", frames: [] },
])("reads $name", ({ text, frames }) => {
  expect(parse([Buffer.from(text)]).map(({ data }) => data)).toEqual(frames);
});

it("gives the same frames however the bytes are cut", () => {
  const line = fc.constantFrom("data: ä€𝄞", "data: x", "event: e", ": c", "", "data", "id: 2");
  const text = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r")), { maxLength: 20 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(200), { maxLength: 8 }), (lines, cuts) => {
      const bytes = Buffer.from(lines.map(([content, end]) => content + end).join(""));
      const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i]!, end));
      expect(parse(pieces)).toEqual(parse([bytes]));
    }),
  );
});
