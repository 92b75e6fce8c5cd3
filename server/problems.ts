import type { z } from "zod";
import type { Problem } from "./errors.ts";

/** zod's issues as problems with dotted paths, unions flattened to their most telling branch. */
export function problemsOf(error: z.ZodError, root = ""): Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, root));
}

/** `messages.0.content`; the empty string for the whole. */
export function dottedPath(path: readonly PropertyKey[], root = ""): string {
  const dotted = path.map(String).join(".");
  if (root === "" || dotted === "") return root + dotted;
  return `${root}.${dotted}`;
}

function problemsOfIssue(issue: z.core.$ZodIssue, root: string): Problem[] {
  const path = dottedPath(issue.path, root);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: dottedPath([key], path), message: "is not a known field" }));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const deepest = [...issue.errors].sort((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
    if (depthOf(deepest) > 0) return deepest.flatMap((inner) => problemsOfIssue(inner, path));
  }
  return [{ path, message: lowered(issue.message) }];
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((deepest, issue) => Math.max(deepest, issue.path.length), 0);
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
