import { createPublicKey, createVerify, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ChatRequest } from "../chat.ts";
import { readStream } from "../provider.conformance.ts";
import { UpstreamFaultError } from "../upstream-fault.ts";
import { plainRequest, richRequest } from "./_samples/rich-request.ts";
import { sse } from "./_samples/samples.ts";
import google from "./google.ts";
import vertex from "./vertex.ts";

const target = { baseUrl: null, apiKey: null, headers: {}, options: {} };
function configOf(change: Partial<ChatRequest>, model: string) {
  const { body, dropped } = google.encode({ ...plainRequest, ...change }, model);
  const { generationConfig } = JSON.parse(JSON.stringify(body)) as { generationConfig: Record<string, unknown> };
  return { config: generationConfig, dropped };
}
const reasoning = (change: Partial<ChatRequest["reasoning"]>) => ({
  reasoning: { effort: null, budgetTokens: null, includeText: null, ...change },
});

describe("google requests", () => {
  // Budgets and levels as in the vendor's own mapping of OpenAI efforts.
  it.each([
    ["gemini-2.5-flash", { effort: "none" }, { thinkingBudget: 0 }],
    ["gemini-2.5-pro", { effort: "none" }, { thinkingBudget: 128 }],
    ["gemini-2.5-flash", { effort: "low" }, { thinkingBudget: 1024, includeThoughts: true }],
    ["gemini-2.5-flash", { effort: "high", includeText: false }, { thinkingBudget: 24_576, includeThoughts: false }],
    ["gemini-2.5-flash", { budgetTokens: 777 }, { thinkingBudget: 777, includeThoughts: true }],
    ["gemini-3-pro-preview", { effort: "none" }, { thinkingLevel: "low" }],
    ["gemini-3-flash-preview", { effort: "minimal" }, { thinkingLevel: "minimal", includeThoughts: true }],
    ["gemini-3-pro-preview", { effort: "max" }, { thinkingLevel: "high", includeThoughts: true }],
    ["gemini-2.0-flash", { effort: "none" }, undefined],
  ] as const)("ask %s for %o", (model, wish, expected) => {
    expect(configOf(reasoning(wish), model).config["thinkingConfig"]).toEqual(expected);
  });

  it("drop reasoning for models that do not think", () => {
    expect(configOf(reasoning({ effort: "high" }), "gemini-2.0-flash").dropped).toEqual(["reasoning"]);
  });

  it("stand in for the signature of a call that another model made, on the first of parallel calls only", () => {
    const call = (id: string) => ({ kind: "tool_call", id, name: "f", argumentsJson: "{}", signature: null }) as const;
    const messages = [...plainRequest.messages, { role: "assistant", parts: [call("a"), call("b")] } as const];
    const partsFor = (model: string) =>
      (google.encode({ ...plainRequest, messages }, model).body as { contents: { parts: object[] }[] }).contents[1]!
        .parts;
    expect(partsFor("gemini-3-pro")).toMatchObject([{ thoughtSignature: "skip_thought_signature_validator" }, {}]);
    expect(partsFor("gemini-3-pro")[1]).not.toHaveProperty("thoughtSignature");
    expect(partsFor("gemini-2.5-flash")[0]).not.toHaveProperty("thoughtSignature");
  });

  it("leave JSON output out where the model cannot have it with tools", () => {
    const change = { output: richRequest.output, tools: richRequest.tools };
    expect(configOf(change, "gemini-2.5-flash")).toMatchObject({ config: {}, dropped: ["response_format"] });
    expect(configOf(change, "gemini-3-pro").config).toHaveProperty("responseJsonSchema");
  });

  it("force one tool by name", () => {
    const { body } = google.encode(
      { ...plainRequest, tools: richRequest.tools, toolChoice: { kind: "tool", name: "get_time" } },
      "gemini-3-pro",
    );
    expect(body).toMatchObject({
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["get_time"] } },
    });
  });

  it("take instructions alone for the prompt", () => {
    const { body } = google.encode({ ...plainRequest, system: richRequest.system, messages: [] }, "gemini-3-pro");
    expect(body).toMatchObject({ contents: [{ role: "user", parts: [{ text: "You are terse." }] }] });
  });

  it("are never without a word, which the API refuses", () => {
    const empty = [
      { role: "user" as const, parts: [{ kind: "text" as const, text: "", citations: [], cacheControl: null }] },
    ];
    const { body } = google.encode({ ...plainRequest, system: [], messages: empty }, "gemini-3-pro");
    expect(body).toMatchObject({ contents: [{ role: "user", parts: [{ text: "(continued)" }] }] });
  });

  it("go to the model's own URL, streams as server-sent events", () => {
    const withKey = { ...target, apiKey: "k" };
    expect(google.address(withKey, { model: "gemini-3-pro", stream: true })).toEqual({
      url: "https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse",
      headers: { "x-goog-api-key": "k" },
    });
    expect(google.address(withKey, { model: "tunedModels/x", stream: false }).url).toMatch(
      /\/v1beta\/tunedModels\/x:generateContent$/,
    );
  });

  it("count and embed", () => {
    expect(google.count!.encode(plainRequest, "gemini-3-pro", target).body).toMatchObject({
      generateContentRequest: { model: "models/gemini-3-pro", contents: [{ role: "user" }] },
    });
    expect(google.count!.decode({ totalTokens: 31 })).toEqual({ inputTokens: 31 });
    const request = {
      model: "m",
      inputs: ["a", "b"],
      dimensions: 2,
      purpose: "query",
      title: null,
      user: null,
      extras: {},
    } as const;
    expect(google.embed!.encode(request, "gemini-embedding-001", target).body).toMatchObject({
      requests: [
        {
          model: "models/gemini-embedding-001",
          content: { parts: [{ text: "a" }] },
          taskType: "RETRIEVAL_QUERY",
          outputDimensionality: 2,
        },
        { content: { parts: [{ text: "b" }] } },
      ],
    });
    expect(google.embed!.decode({ embeddings: [{ values: [1, 2] }, { values: [3, 4] }] })).toMatchObject({
      vectors: [
        [1, 2],
        [3, 4],
      ],
      usage: null,
    });
    expect(() => google.embed!.encode({ ...request, inputs: [[1, 2]] }, "m", target)).toThrow(/token ids/);
  });
});

describe("google answers", () => {
  it("are a content_policy fault when the prompt was blocked, whole and streamed", () => {
    const blocked = { promptFeedback: { blockReason: "SAFETY" }, usageMetadata: { promptTokenCount: 4 } };
    expect(() => google.decode(blocked)).toThrow(UpstreamFaultError);
    const events = readStream(google, sse(blocked));
    expect(events.at(-1)).toMatchObject({ type: "error", error: { kind: "content_policy", code: "SAFETY" } });
  });

  it.each([
    ["MAX_TOKENS", "length"],
    ["SAFETY", "content_filter"],
    ["PROHIBITED_CONTENT", "content_filter"],
  ])("end by %s as %s", (finishReason, finish) => {
    const answer = { candidates: [{ content: { parts: [{ text: "x" }] }, finishReason }] };
    expect(google.decode(answer).choices[0]!.finish).toBe(finish);
    expect(readStream(google, sse(answer)).find(({ type }) => type === "finish")).toMatchObject({ finish });
  });

  it("broken off amid their words are errors, in a stream at its end with what it cost", () => {
    const usageMetadata = { promptTokenCount: 4, candidatesTokenCount: 1, totalTokenCount: 5 };
    const finishReason = "MALFORMED_FUNCTION_CALL";
    const answer = { candidates: [{ content: { parts: [{ text: "x" }] }, finishReason }], usageMetadata };
    expect(google.decode(answer).choices[0]!.finish).toBe("error");
    expect(readStream(google, sse(answer)).slice(-2)).toMatchObject([
      { type: "usage", usage: { inputUncached: 4, output: 1 } },
      { type: "error", isBrokenOff: true, error: { kind: "bad_response", code: finishReason } },
    ]);
  });

  it("that came to nothing are faults, so that another attempt may follow", () => {
    const empty = { candidates: [{ content: {}, finishReason: "MALFORMED_FUNCTION_CALL", finishMessage: "bad call" }] };
    expect(() => google.decode(empty)).toThrow(/bad call/);
    expect(readStream(google, sse(empty)).at(-1)).toMatchObject({ type: "error", error: { kind: "bad_response" } });
  });

  it("place citations in UTF-16 units, where the vendor counts bytes", () => {
    const answer = {
      candidates: [
        {
          content: { parts: [{ text: "Zoë 😀 saw it." }] },
          finishReason: "STOP",
          groundingMetadata: {
            groundingChunks: [{ web: { uri: "https://e.org", title: "E" } }],
            // "Zoë 😀 " is 4 + 1 + 4 + 1 = 10 bytes and 7 UTF-16 units long; "saw it." is 7 of both.
            groundingSupports: [
              { segment: { startIndex: 10, endIndex: 17, text: "saw it." }, groundingChunkIndices: [0] },
            ],
          },
        },
      ],
    };
    expect(google.decode(answer).choices[0]!.parts[0]).toMatchObject({
      citations: [{ url: "https://e.org", title: "E", text: "saw it.", start: 7, end: 14 }],
    });
  });

  it("give calls without an id one of their own", () => {
    const call = { functionCall: { name: "f", args: {} } };
    const answer = { candidates: [{ content: { parts: [call, call] }, finishReason: "STOP" }], responseId: "r" };
    expect(google.decode(answer).choices[0]!.parts).toMatchObject([{ id: "call_r_0_0" }, { id: "call_r_0_1" }]);
  });
});

describe("vertex", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const account = {
    type: "service_account",
    project_id: "proj",
    client_email: "weir@proj.iam.gserviceaccount.com",
    private_key_id: "kid1",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };

  it("goes to the region's host, or to the global one", () => {
    const at = (options: object, model = "gemini-3-pro") =>
      vertex.address({ ...target, options: { ...options } }, { model, stream: false }).url;
    expect(at({ project: "p", location: "europe-west4" })).toBe(
      "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/google/models/gemini-3-pro:generateContent",
    );
    expect(at({ project: "p" })).toBe(
      "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/gemini-3-pro:generateContent",
    );
    expect(at({})).toBe("https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-3-pro:generateContent");
  });

  it("shows a service account's own token, made once and renewed before its end", async () => {
    for (const given of [account, JSON.stringify(account)]) {
      const options = vertex.options.parse({ location: "us-central1", serviceAccount: given });
      const call = { method: "POST", url: "https://x", headers: {}, body: "{}" } as const;
      const sign = (nowMs: number) => vertex.sign!(call, { ...target, options }, nowMs);
      const first = (await sign(1_000_000)).headers["authorization"]!;
      const [head, claims, signature] = first.slice("Bearer ".length).split(".");
      const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
      expect(read(head!)).toEqual({ alg: "RS256", typ: "JWT", kid: "kid1" });
      expect(read(claims!)).toEqual({
        iss: account.client_email,
        sub: account.client_email,
        aud: "https://aiplatform.googleapis.com/",
        iat: 1000,
        exp: 4600,
      });
      const verify = createVerify("RSA-SHA256").update(`${head}.${claims}`);
      expect(
        verify.verify(createPublicKey(publicKey.export({ type: "spki", format: "pem" })), signature!, "base64url"),
      ).toBe(true);
      expect((await sign(2_000_000)).headers["authorization"]).toBe(first);
      expect((await sign(4_400_000)).headers["authorization"]).not.toBe(first);
    }
  });

  it("serves Claude by Anthropic's API, the version in the body and the model in the URL alone", () => {
    expect(vertex.ofModel!("gemini-3-pro")).toBeNull();
    const claude = vertex.ofModel!("claude-sonnet-4-5@20250929")!;
    const options = { project: "p", location: "us-east5" };
    const at = (stream: boolean) =>
      claude.address({ ...target, options }, { model: "claude-sonnet-4-5@20250929", stream }).url;
    const base =
      "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models";
    expect(at(false)).toBe(`${base}/claude-sonnet-4-5%4020250929:rawPredict`);
    expect(at(true)).toBe(`${base}/claude-sonnet-4-5%4020250929:streamRawPredict`);
    const body = JSON.parse(JSON.stringify(claude.encode(plainRequest, "claude-sonnet-4-5@20250929").body));
    expect(body).toMatchObject({ anthropic_version: "vertex-2023-10-16", messages: [{ role: "user" }] });
    expect(body).not.toHaveProperty("model");
    const google = '[{"error":{"code":404,"message":"no such publisher model","status":"NOT_FOUND"}}]';
    expect(claude.decodeError(404, {}, google)).toMatchObject({ kind: "not_found" });
    const theirs = '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 2 > 1"}}';
    expect(claude.decodeError(400, {}, theirs)).toMatchObject({ kind: "context_length" });
  });

  it("takes the project from the account, and refuses a key file that is none", () => {
    const options = vertex.options.parse({ serviceAccount: account });
    expect(vertex.address({ ...target, options }, { model: "m", stream: false }).url).toContain("/projects/proj/");
    expect(vertex.options.safeParse({ serviceAccount: "not json" }).success).toBe(false);
  });

  it("adds up the tokens that embeddings tell of", () => {
    const prediction = (count: number) => ({ embeddings: { values: [count], statistics: { token_count: count } } });
    expect(vertex.embed!.decode({ predictions: [prediction(3), prediction(4)] })).toMatchObject({
      vectors: [[3], [4]],
      usage: { inputUncached: 7 },
    });
  });
});
