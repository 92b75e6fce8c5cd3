import type { z } from "zod";
import { ApiError, type Problem } from "./errors.ts";
import { problemsOf } from "./problems.ts";

const SHOWN_PROBLEMS = 5;

/**
 * A body or a query by its schema.
 *
 * @throws ApiError `invalid_request`: `place` is the first fault's path, the message names up to five
 */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = problemsOf(result.error);
  const shown = problems.slice(0, SHOWN_PROBLEMS).map(described);
  if (problems.length > SHOWN_PROBLEMS) shown.push(`and ${problems.length - SHOWN_PROBLEMS} more`);
  const place = problems[0]?.path;
  throw new ApiError("invalid_request", shown.join("; "), place === undefined || place === "" ? {} : { place });
}

function described({ path, message }: Problem): string {
  return path === "" ? `the body: ${message}` : `${path}: ${message}`;
}
