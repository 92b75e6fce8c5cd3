import { isDeepStrictEqual } from "node:util";
import { isMap, parseDocument } from "yaml";
import { ConfigError } from "../config.ts";
import type { ConfigText } from "./config-text.ts";
import type { SectionContent } from "./replace-section.ts";
import { literalProblems, referenceProblems, unmasked } from "./secrets.ts";

/** What a section is to be: null takes it out of the file. */
export type Change =
  | { readonly kind: "value"; readonly value: unknown }
  /** The section's own text, with or without its name above it. */
  | { readonly kind: "yaml"; readonly yaml: string }
  | null;

/**
 * What is to be written for a change: masked texts are what the file has, and no secret gets into the file.
 *
 * @param path of the file, for errors
 * @throws ConfigError with every problem
 */
export function contentFrom(
  change: Change,
  section: string,
  { sections, lineEnd }: ConfigText,
  path: string,
): SectionContent | null {
  if (change === null) return null;
  const given = change.kind === "value" ? { value: change.value, text: null } : readYaml(change.yaml, section, path);
  if (given.value === null || given.value === undefined) return null;
  const written = sections.get(section)?.value;
  const value = unmasked(section, given.value, written);
  const file = Object.fromEntries([...sections].map(([name, one]) => [name, one.value]));
  const problems = [...literalProblems(section, value, written), ...referenceProblems(section, value, file)];
  if (problems.length > 0) throw new ConfigError(path, problems);
  if (given.text === null || !isDeepStrictEqual(value, given.value)) return { kind: "value", value };
  return { kind: "text", text: given.text.replace(/\r\n|\n/g, lineEnd) };
}

function readYaml(yaml: string, section: string, path: string): { value: unknown; text: string | null } {
  const document = parseDocument(yaml);
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message }) => ({ path: section, message: message.split("\n")[0] ?? "" }));
    throw new ConfigError(path, problems);
  }
  const value = jsOf(document, section, path);
  const isNamed = isMap(document.contents) && document.contents.items.length === 1 && isRecordOf(value, section);
  if (!isNamed) return { value, text: null };
  // Whoever writes the name writes the text as it shall stand, unless it begins elsewhere than the file's sections do.
  return { value: value[section], text: yaml.startsWith(section) ? yaml.trimEnd().concat("\n") : null };
}

function jsOf(document: ReturnType<typeof parseDocument>, section: string, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch (cause) {
    throw new ConfigError(path, [{ path: section, message: (cause as Error).message }]);
  }
}

function isRecordOf(value: unknown, key: string): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && Object.hasOwn(value, key);
}
