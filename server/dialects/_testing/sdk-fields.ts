import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Names of the fields of an interface in a vendor's own types, those that it inherits from the same file included.
 *
 * @param file path below node_modules, as a compiler wrote it: a field a line, four blanks deep
 * @throws Error when there is no such interface
 */
export function fieldsOf(file: string, name: string): string[] {
  const text = textOf(file);
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

/**
 * The words by which the members of a union in a vendor's own types are told apart, in their field `type`.
 *
 * @throws Error when there is no such union
 */
export function tagsOf(file: string, union: string): string[] {
  const text = textOf(file);
  const members = new RegExp(`^export type ${union} = ([^;]+);`, "m").exec(text)?.[1];
  if (members === undefined) throw new Error(`${file} has no union ${union}`);
  const tags = members.split("|").flatMap((member) => {
    const name = member.trim().split(".").at(-1)!;
    const body = new RegExp(`^( *)(?:export )?interface ${name} (?:extends [^{]+)?\\{$(.*?)^\\1\\}`, "ms").exec(
      text,
    )?.[2];
    return /^ *type\??: '(\w+)'/m.exec(body ?? "")?.[1] ?? [];
  });
  return [...new Set(tags)];
}

function textOf(file: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../node_modules/${file}`, import.meta.url)), "utf8");
}
