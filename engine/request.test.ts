import { describe, expect, it } from "vitest";
import { requestFromBody } from "./request.ts";
import { RouteRequest, type RouteRequestInput } from "./schema/decision.ts";

const from = (body: RouteRequestInput) => requestFromBody(RouteRequest.parse(body));

describe("a body of POST /route", () => {
  it("becomes one user turn from a prompt, and asks for nothing by default", () => {
    expect(from({ prompt: "Hello" })).toMatchObject({
      conversation: { system: "", turns: [{ role: "user", text: "Hello" }], toolCount: 0, maxOutputTokens: null },
      route: "default",
      qualityFloor: null,
      maxCostNanoUsd: null,
      candidates: null,
      policy: null,
      cachedInputTokens: 0,
      cachedBy: null,
    });
  });

  it("keeps what else it asks for, in the engine's units", () => {
    const asked = from({
      prompt: "Hello",
      quality: 0.9,
      max_cost_usd: 0.01,
      candidates: ["a/b"],
      policy: "always",
      max_output_tokens: 800,
      tools: [{ name: "search" }],
      response_format: { type: "json_schema" },
      cached_input_tokens: 5,
      cached_by: "a/b",
      metadata: { feature: "x" },
    });
    expect(asked).toMatchObject({
      qualityFloor: 0.9,
      maxCostNanoUsd: 10_000_000,
      candidates: ["a/b"],
      policy: "always",
    });
    expect(asked).toMatchObject({ cachedInputTokens: 5, cachedBy: "a/b", metadata: { feature: "x" } });
    expect(asked.conversation).toMatchObject({ toolCount: 1, maxOutputTokens: 800, responseFormat: "json_schema" });
  });

  it("reads a system prompt beside the messages, as text or as parts", () => {
    const messages = [{ role: "user" as const, content: "Hi" }];
    expect(from({ messages, system: "Be brief." }).conversation.system).toBe("Be brief.");
    const parts = [
      { type: "text", text: "Be" },
      { type: "text", text: "brief." },
    ];
    expect(from({ messages, system: parts }).conversation.system).toBe("Be\nbrief.");
    expect(from({ prompt: "Hi", system: "Be brief." }).conversation.system).toBe("Be brief.");
  });

  it.each([
    { body: { prompt: "  \n" }, place: "prompt" },
    { body: { messages: [{ role: "user" as const, content: "" }] }, place: "messages" },
    { body: { messages: [{ role: "assistant" as const, content: null }] }, place: "messages" },
  ])("is refused at $place when there is nothing to route by", ({ body, place }) => {
    expect(() => from(body)).toThrow(expect.objectContaining({ code: "invalid_request", place }));
  });

  it("is enough when it is an image alone", () => {
    const content = [{ type: "image_url", image_url: { url: "data:," } }];
    expect(from({ messages: [{ role: "user", content }] }).conversation.imageCount).toBe(1);
  });
});
