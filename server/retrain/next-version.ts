import { existsSync, readdirSync } from "node:fs";

/** Name for another version in a family's folder: above all others of the day, so that it never looks older than what it came from. */
export function nextVersion(family: string, nowMs: number): string {
  const prefix = `${new Date(nowMs).toISOString().slice(0, 10)}.`;
  const names = existsSync(family) ? readdirSync(family) : [];
  const taken = names.filter((name) => name.startsWith(prefix)).map((name) => Number(name.slice(prefix.length)));
  return `${prefix}${1 + Math.max(0, ...taken.filter(Number.isSafeInteger))}`;
}
