import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { z } from "zod";
import { ApiError } from "./errors.ts";
import { reasonOf } from "./file-fault.ts";
import { problemsOf } from "./problems.ts";

/**
 * Lines of a text file that are not empty, one at a time, however large it is.
 *
 * @throws ApiError `invalid_request` when the file cannot be read
 */
export async function* readLines(file: string): AsyncGenerator<{ readonly text: string; readonly line: number }> {
  let line = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      line++;
      if (text.trim() !== "") yield { text, line };
    }
  } catch (cause) {
    if (cause instanceof Error && "syscall" in cause) {
      throw new ApiError("invalid_request", `cannot be read: ${reasonOf(cause)}`, { place: file, cause });
    }
    throw cause;
  }
}

/**
 * A line of JSON by its schema.
 *
 * @throws ApiError `invalid_request` whose place is the line
 */
export function parseLine<Schema extends z.ZodType>(schema: Schema, text: string, place: string): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ApiError("invalid_request", "is not JSON", { place, cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [problem] = problemsOf(parsed.error);
  throw new ApiError("invalid_request", `${problem?.path ?? ""} ${problem?.message ?? "is not valid"}`.trim(), {
    place,
  });
}
