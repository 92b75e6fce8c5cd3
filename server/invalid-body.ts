import type { z } from "zod";
import { ApiError } from "./errors.ts";
import { problemsOf } from "./problems.ts";

/** The first problem of a body that does not fit its schema, with the field's path. */
export function invalidBody(error: z.ZodError): ApiError {
  const [first] = problemsOf(error);
  const place = first?.path ?? "";
  return new ApiError("invalid_request", `${place === "" ? "the body" : place}: ${first?.message ?? "is invalid"}`, {
    place,
  });
}
