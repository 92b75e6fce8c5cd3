import type { z } from "zod";

/** The first thing that a schema minded, on one line: `quality: Invalid input: expected number, received NaN`. */
export function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "not a record";
  const place = issue.path.map(String).join(".");
  return place === "" ? issue.message : `${place}: ${issue.message}`;
}
