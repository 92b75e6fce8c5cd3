import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Names of the fields of an interface in a vendor's own types, those that it inherits from the same file included.
 *
 * @param file path below node_modules, as a compiler wrote it: a field a line, four blanks deep
 * @throws Error when there is no such interface
 */
export function fieldsOf(file: string, name: string): string[] {
  const place = fileURLToPath(new URL(`../../../node_modules/${file}`, import.meta.url));
  const text = readFileSync(place, "utf8");
  const found = new RegExp(`^export (?:declare )?interface ${name}(?: extends ([\\w, ]+))? \\{$(.*?)^\\}$`, "ms").exec(
    text,
  );
  if (found === null) throw new Error(`${file} has no interface ${name}`);
  const inherited = (found[1] ?? "")
    .split(",")
    .flatMap((parent) => (parent === "" ? [] : fieldsOf(file, parent.trim())));
  const own = [...found[2]!.matchAll(/^ {4}(\w+)\??:/gm)].map((match) => match[1]!);
  return [...new Set([...inherited, ...own])];
}
