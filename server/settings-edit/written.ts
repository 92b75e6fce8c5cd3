import { parseDocument, stringify } from "yaml";
import type { ConfigText } from "./config-text.ts";
import { hasLiteralSecrets, maskedWritten } from "./secrets.ts";

/** A section as the file has it, secrets that stand in it masked. */
export interface Written {
  /** null: the file does not have it. */
  readonly written: unknown;
  /** Its very text, with its comments where there is nothing to mask. */
  readonly writtenYaml: string | null;
}

export function writtenOf(section: string, { sections }: ConfigText): Written {
  const found = sections.get(section);
  if (found === undefined) return { written: null, writtenYaml: null };
  return { written: maskedWritten(section, found.value ?? null), writtenYaml: maskedYaml(section, found.text) };
}

/** A section's text with secrets masked; without its comments where there are any. */
export function maskedYaml(section: string, text: string): string {
  const value = sectionValue(section, text);
  if (!hasLiteralSecrets(section, value)) return text;
  return stringify({ [section]: maskedWritten(section, value) }, { lineWidth: 0 });
}

/** What a section's own text says; null where it is none. */
export function sectionValue(section: string, text: string): unknown {
  const read = parseDocument(text).toJS() as Readonly<Record<string, unknown>> | null;
  return read?.[section] ?? null;
}
