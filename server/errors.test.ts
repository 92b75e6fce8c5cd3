import { describe, expect, it } from "vitest";
import { EngineError } from "../engine/errors.ts";
import { ApiError, renderError } from "./errors.ts";

describe("renderError", () => {
  it("names the field at fault in the OpenAI shape", () => {
    expect(renderError(new ApiError("invalid_request", "quality must be at most 1", { place: "quality" }))).toEqual({
      status: 400,
      body: {
        error: {
          message: "quality must be at most 1",
          type: "invalid_request_error",
          param: "quality",
          code: "invalid_request",
        },
      },
    });
  });

  it("answers 422 when no candidate is left, with each exclusion", () => {
    const exclusions = [{ model: "a/b", excluded_because: "context_too_small" }];
    const error = Object.assign(new EngineError("no_candidate", "no candidate is left"), { exclusions });
    const { status, body } = renderError(error);
    expect(status).toBe(422);
    expect(body.error.exclusions).toEqual(exclusions);
  });

  it("says nothing about the inside of an error that nobody raised on purpose", () => {
    const { status, body } = renderError(new Error("password is hunter2"));
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("hunter2");
  });
});
