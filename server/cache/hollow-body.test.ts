import { describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { hollowBody, isDigest, isWhole } from "./hollow-body.ts";

const LONG = `Long "text" with \\ and \n, ü and 😀. `.repeat(500);
const hollow = (body: unknown) => hollowBody(Buffer.from(JSON.stringify(body))) as Record<string, unknown>;
/** Every character as an escape. */
const escaped = (text: string) =>
  [...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");

describe("a body whose long texts are digests", () => {
  it("keeps all that is short as JSON.parse reads it", () => {
    const body = { a: ["x", 'quote " and \\', { b: "ü\n" }], n: 1.5, t: true, z: null, "k\\": "" };
    expect(hollow(body)).toEqual(body);
    expect(hollow({ ...body, long: LONG })).toEqual({ ...body, long: expect.stringMatching(/^\0[0-9a-f]{64}$/) });
  });

  it("tells long texts apart and takes them for the same however they are escaped", () => {
    const { long } = hollow({ long: LONG });
    expect(hollow({ long: `${LONG}.` })["long"]).not.toBe(long);
    expect(hollowBody(Buffer.from(`{"long":"${escaped(LONG)}"}`))).toEqual({ long });
    const short = "ü".repeat(600);
    expect(hollowBody(Buffer.from(`{"short":"${escaped(short)}"}`))).toEqual({ short });
  });

  it("lets nobody write a digest as a text", () => {
    const { long } = hollow({ long: LONG });
    const forged = Buffer.from(JSON.stringify({ long }));
    expect(isWhole(forged)).toBe(false);
    expect(hollowBody(forged)).not.toEqual({ long });
    expect(isDigest(String((hollowBody(forged) as { long: unknown }).long))).toBe(true);
  });

  it("keeps addresses, whose form decides whether a request is cached", () => {
    const url = `https://example.org/${"a".repeat(20_000)}`;
    expect(hollow({ url })).toEqual({ url });
    expect(hollowBody(Buffer.from(`{"url":"${url.replaceAll("/", "\\/")}"}`))).toEqual({ url });
    expect(isDigest(String(hollow({ url: `data:image/png;base64,${"A".repeat(20_000)}` })["url"]))).toBe(true);
  });

  it("says the same of any body as one that hashes what JSON.parse read", () => {
    const rng = seededRng(5);
    const bits = ["\\", '"', "\\\\", "a", "ü", "\n", "\u0001", "😀", "{", "}", ":", ","];
    const text = (length: number) => Array.from({ length }, () => bits[Math.floor(rng.next() * bits.length)]!).join("");
    for (let round = 0; round < 60; round++) {
      const body = Object.fromEntries(
        Array.from({ length: 4 }, (_, at) => [`${at}${text(3)}`, text(Math.floor(rng.next() * 24_000))]),
      );
      const found = hollow(body);
      expect(Object.keys(found)).toEqual(Object.keys(body));
      for (const [name, value] of Object.entries(body)) {
        const isLong = Buffer.byteLength(value) >= 16_384;
        if (isLong) expect(isDigest(String(found[name]))).toBe(true);
        else expect(found[name]).toBe(value);
      }
    }
  });

  it("refuses bad escapes", () => {
    expect(() => hollowBody(Buffer.from(`{"a":"\\x${"a".repeat(20_000)}"}`))).toThrow(SyntaxError);
  });
});
