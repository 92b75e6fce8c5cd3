/** Whether a name fits a pattern, in which `*` stands for any characters. */
export function fitsPattern(pattern: string, name: string): boolean {
  if (!pattern.includes("*")) return pattern === name;
  const parts = pattern.split("*");
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  const end = name.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const at = name.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/** null allows every name. */
export function isAllowed(patterns: readonly string[] | null, ...names: readonly string[]): boolean {
  if (patterns === null) return true;
  return names.some((name) => patterns.some((pattern) => fitsPattern(pattern, name)));
}
