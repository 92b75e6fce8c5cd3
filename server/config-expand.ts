import type { Problem } from "./errors.ts";

const REFERENCE = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:-otherwise}` in every string of a parsed document; `$${` stands for a literal `${`.
 * The document is expanded after parsing, so a value can never change its structure.
 *
 * @returns the expanded copy and one problem for each variable that is not set and has no alternative
 */
export function expandEnvironment(
  document: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly value: unknown; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];

  function expand(node: unknown, path: string): unknown {
    if (typeof node === "string") return expandText(node, path);
    if (Array.isArray(node)) return node.map((item, i) => expand(item, join(path, String(i))));
    if (node === null || typeof node !== "object") return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, expand(item, join(path, key))]));
  }

  function expandText(text: string, path: string): string {
    return text.replace(REFERENCE, (whole, escaping: string, name: string, otherwise: string | undefined) => {
      if (escaping !== "") return whole.slice(1);
      const value = environment[name];
      if (value !== undefined && value !== "") return value;
      if (otherwise !== undefined) return otherwise;
      problems.push({
        path,
        message: `environment variable ${name} is not set (\${${name}:-} would allow it to be empty)`,
      });
      return "";
    });
  }

  return { value: expand(document, ""), problems };
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
