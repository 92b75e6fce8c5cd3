import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readStream } from "../provider.conformance.ts";
import { plainRequest, richRequest } from "./_samples/rich-request.ts";
import { eventStream } from "./_samples/samples.ts";
import bedrock from "./bedrock.ts";

const target = {
  baseUrl: null,
  apiKey: null,
  headers: {},
  options: {
    region: "eu-west-1",
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken: "tok",
  },
};
const MODEL = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

describe("bedrock", () => {
  it("signs the bytes that go out, as the vendor's description of SigV4 has it", async () => {
    const { url } = bedrock.address(target, { model: MODEL, stream: true });
    expect(url).toBe(
      "https://bedrock-runtime.eu-west-1.amazonaws.com/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream",
    );
    const body = '{"messages":[]}';
    const headers = { "content-type": "application/json" };
    const signed = await bedrock.sign!({ method: "POST", url, headers, body }, target, Date.UTC(2026, 10, 23, 1, 2, 3));
    // By hand, from the steps "Create a signed AWS API request", apart from the library.
    const sha = (text: string) => createHash("sha256").update(text).digest("hex");
    const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
    const canonical = [
      "POST",
      // A path that is encoded already is encoded once more.
      "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%253A0/converse-stream",
      "",
      "host:bedrock-runtime.eu-west-1.amazonaws.com",
      "x-amz-date:20261123T010203Z",
      "x-amz-security-token:tok",
      "",
      "host;x-amz-date;x-amz-security-token",
      sha(body),
    ].join("\n");
    const scope = "20261123/eu-west-1/bedrock/aws4_request";
    const key = ["eu-west-1", "bedrock", "aws4_request"].reduce(
      hmac,
      hmac(`AWS4${target.options.secretAccessKey}`, "20261123"),
    );
    const signature = hmac(key, ["AWS4-HMAC-SHA256", "20261123T010203Z", scope, sha(canonical)].join("\n")).toString(
      "hex",
    );
    expect(signed.headers["authorization"]).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=${signature}`,
    );
    expect(signed.headers).toMatchObject({
      "content-type": "application/json",
      "x-amz-date": "20261123T010203Z",
      "x-amz-security-token": "tok",
    });
    expect(signed.body).toBe(body);
  });

  it("shows an API key as a bearer token and signs nothing then", async () => {
    const withKey = { ...target, apiKey: "bedrock-key" };
    const { url, headers } = bedrock.address(withKey, { model: MODEL, stream: false });
    expect(headers).toEqual({ authorization: "Bearer bedrock-key" });
    const request = { method: "POST", url, headers, body: "{}" } as const;
    expect(await bedrock.sign!(request, withKey, 0)).toEqual(request);
  });

  it("breaks a stream whose checksum is wrong", () => {
    const bytes = Buffer.from(eventStream(["messageStart", { role: "assistant" }]));
    bytes[bytes.length - 1]! ^= 1;
    expect(readStream(bedrock, bytes)).toMatchObject([{ type: "error", error: { kind: "bad_response" } }]);
  });

  it("breaks a stream whose length cannot be", () => {
    expect(readStream(bedrock, Buffer.from([0xff, 0xff, 0xff, 0xff, 1]))).toMatchObject([{ type: "error" }]);
  });

  it("declares the tools that only the history knows, for Converse refuses calls without", () => {
    const body = (toolChoice: typeof richRequest.toolChoice) =>
      bedrock.encode({ ...richRequest, tools: [], toolChoice, output: { kind: "text" } }, MODEL).body as {
        toolConfig?: { tools: object[] };
      };
    expect(body(null).toolConfig!.tools).toMatchObject([
      { toolSpec: { name: "get_weather" } },
      { toolSpec: { name: "get_time" } },
    ]);
    expect(
      bedrock.encode({ ...plainRequest, tools: richRequest.tools, toolChoice: { kind: "none" } }, MODEL).body,
    ).toMatchObject({ toolConfig: undefined });
  });

  it("makes models without structured outputs answer by a tool", () => {
    const { body } = bedrock.encode({ ...plainRequest, output: richRequest.output }, "amazon.nova-pro-v1:0");
    expect(body).toMatchObject({
      toolConfig: { tools: [{ toolSpec: { name: "weir_json_output" } }], toolChoice: { any: {} } },
    });
    const answer = {
      output: {
        message: { content: [{ toolUse: { toolUseId: "t", name: "weir_json_output", input: { note: "x" } } }] },
      },
      stopReason: "tool_use",
    };
    expect(bedrock.decode(answer).choices[0]).toMatchObject({
      finish: "stop",
      parts: [{ kind: "text", text: '{"note":"x"}' }],
    });
  });

  it("tells cache writes apart by their lifetime", () => {
    const usage = {
      inputTokens: 1,
      outputTokens: 2,
      cacheReadInputTokens: 3,
      cacheWriteInputTokens: 9,
      cacheDetails: [{ ttl: "1h", inputTokens: 4 }],
    };
    const answer = { output: { message: { content: [{ text: "x" }] } }, stopReason: "end_turn", usage };
    expect(bedrock.decode(answer).usage).toMatchObject({
      inputUncached: 1,
      cacheRead: 3,
      cacheWrite5m: 5,
      cacheWrite1h: 4,
      output: 2,
    });
  });

  it("leaves out images by URL, which Converse does not fetch", () => {
    const image = (url: string) =>
      [{ role: "user", parts: [{ kind: "image", source: { kind: "url", url }, detail: null }] }] as const;
    expect(bedrock.encode({ ...plainRequest, messages: image("https://e.org/a.png") }, MODEL).dropped).toEqual([
      "image",
    ]);
    expect(bedrock.encode({ ...plainRequest, messages: image("s3://b/a.png") }, MODEL).dropped).toEqual([]);
  });
});

describe("bedrock's embeddings", () => {
  const { embed } = bedrock;
  const request = {
    model: "m",
    inputs: ["a"],
    dimensions: 256,
    purpose: "query" as const,
    title: null,
    user: null,
    extras: {},
  };
  const target = { baseUrl: null, apiKey: "k", headers: {}, options: {} };
  const bodyOf = (model: string) => JSON.parse(JSON.stringify(embed!.encode(request, model, target)));

  it("ask Titan for one text a call", () => {
    const model = "amazon.titan-embed-text-v2:0";
    expect(embed!.textsAtOnce!(model)).toBe(1);
    expect(embed!.address(target, { model }).url).toBe(
      "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.titan-embed-text-v2%3A0/invoke",
    );
    expect(bodyOf(model)).toEqual({ body: { inputText: "a", dimensions: 256 }, dropped: [] });
    expect(bodyOf("amazon.titan-embed-text-v1")).toEqual({ body: { inputText: "a" }, dropped: ["dimensions"] });
    expect(embed!.decode({ embedding: [0.5], inputTextTokenCount: 3 })).toMatchObject({
      vectors: [[0.5]],
      usage: { inputUncached: 3 },
    });
  });

  it("ask Cohere for many, in its own words", () => {
    const model = "eu.cohere.embed-v4:0";
    expect(embed!.textsAtOnce!(model)).toBe(96);
    expect(bodyOf(model).body).toEqual({
      texts: ["a"],
      input_type: "search_query",
      embedding_types: ["float"],
      output_dimension: 256,
    });
    expect(embed!.decode({ embeddings: { float: [[1], [2]] } })).toMatchObject({ vectors: [[1], [2]], usage: null });
    expect(embed!.decode({ embeddings: [[1], [2]] }).vectors).toEqual([[1], [2]]);
    expect(() => embed!.decode({ nothing: 1 })).toThrow("no embeddings");
  });
});
