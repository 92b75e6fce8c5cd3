import { describe, expect, it } from "vitest";
import type { ChatRequest } from "../../chat.ts";
import { plainRequest } from "../../providers/_samples/rich-request.ts";
import { ObservationSection } from "./observation-config.ts";
import { loadVerifiers, verify } from "./verify.ts";

const facts = { inputTokens: 10, task: "math", complexity: 0.5, hasTools: false, hasImages: false };

async function told(
  incumbent: string,
  routed: string,
  verifiers: readonly object[],
  { chat = {}, metadata = {} }: { chat?: Partial<ChatRequest>; metadata?: Record<string, string> } = {},
) {
  const section = ObservationSection.parse({ verifiers });
  const request = { chat: { ...plainRequest, ...chat }, metadata, facts: { ...facts, metadata } };
  return verify({ incumbent, routed }, request, section, await loadVerifiers());
}

describe("verifiers", () => {
  it("exact: a reference that the client sends along", async () => {
    const metadata = { expected: "42" };
    expect(await told(" 42\n", "43", [{ use: "exact" }], { metadata })).toEqual({
      by: "exact",
      incumbentQuality: 1,
      routedQuality: 0,
    });
    expect(await told("it is 42.", "42", [{ use: "exact", match: "contains" }], { metadata })).toMatchObject({
      incumbentQuality: 1,
      routedQuality: 1,
    });
    expect(await told("42", "43", [{ use: "exact" }])).toBeNull();
  });

  it("regex: a pattern of the configuration, where its rule holds", async () => {
    const regex = { use: "regex", pattern: "^\\d+$" };
    expect(await told("12", "twelve", [regex])).toMatchObject({ incumbentQuality: 1, routedQuality: 0 });
    expect(await told("12", "twelve", [{ ...regex, when: { task: "code" } }])).toBeNull();
    expect(await told("12", "twelve", [{ ...regex, when: { task: "math" } }])).toMatchObject({ by: "regex" });
  });

  it("json-schema: only finds fault, by the request's own schema", async () => {
    const schema = { type: "object", required: ["n"], properties: { n: { type: "number" } } };
    const chat = { output: { kind: "json_schema", name: "n", description: null, schema, strict: true } } as const;
    expect(await told('{"n": 1}', '{"m": 1}', [], { chat })).toEqual({
      by: "json-schema",
      incumbentQuality: 1,
      routedQuality: 0,
    });
    // Both fit and say different things: somebody else must judge.
    expect(await told('{"n": 1}', '{"n": 2}', [], { chat })).toBeNull();
  });

  it("command: its exit says how good; anything but 0 and 1, and no end in time, says nothing", async () => {
    const script = (code: string) => ({ use: "command", command: [process.execPath, "-e", code], timeoutMs: 20_000 });
    const read =
      'let t="";process.stdin.on("data",(d)=>t+=d).on("end",()=>process.exit(JSON.parse(t).answer==="good"?0:1))';
    expect(await told("good", "bad", [script(read)])).toMatchObject({ incumbentQuality: 1, routedQuality: 0 });
    expect(await told("good", "bad", [script("process.exit(7)")])).toBeNull();
    expect(await told("good", "bad", [{ use: "command", command: ["/nowhere/at-all"] }])).toBeNull();
    const stuck = { ...script("setInterval(()=>{},1000)"), timeoutMs: 50 };
    expect(await told("good", "bad", [stuck])).toBeNull();
  });

  it("equal answers are as good as one another, and nobody is asked", async () => {
    expect(await told("yes", " yes ", [])).toEqual({ by: "identical", incumbentQuality: 1, routedQuality: 1 });
  });
});
