import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isSeq, parseDocument, stringify } from "yaml";
import { type ConfigText, readConfigText } from "./config-text.ts";
import { patchText } from "./patch-text.ts";
import { putValue } from "./put-value.ts";

/** What a section shall be: a value, or the very text that it had or that somebody wrote. */
export type SectionContent =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "text"; readonly text: string };

/**
 * The file with one section changed, added or (null) removed. Every other byte stays, and so do the section's own comments
 * as far as what they stand beside does.
 *
 * @returns null when the file cannot say it; nothing is guessed
 */
export function replaceSection(file: ConfigText, section: string, content: SectionContent | null): string | null {
  const old = file.sections.get(section);
  const drafts = content === null ? [""] : draftsOf(file, section, content);
  for (const draft of drafts) {
    const whole = file.mark + (old === undefined ? appended(file, draft) : spliced(file, old, draft));
    if (saysTheRest(file, readConfigText(whole), section, content)) return whole;
  }
  return null;
}

const QUOTED = { blockQuote: false, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER } as const;

/** The text with the fewest changes first; plainly written where no other says it. */
function draftsOf({ sections, lineEnd }: ConfigText, section: string, content: SectionContent): string[] {
  if (content.kind === "text") return [content.text];
  const old = sections.get(section);
  const plain = stringify({ [section]: content.value }, { lineWidth: 0 });
  // Texts that end in empty lines would take in what follows.
  const quoted = stringify({ [section]: content.value }, { lineWidth: 0, ...QUOTED });
  const drafts = [...(old === undefined ? [] : [merged(old.text, section, content.value)]), plain, quoted];
  const patch = old === undefined ? null : patchText(old.text, section, content.value);
  const ended = drafts.map((text) => (lineEnd === "\n" ? text : text.replaceAll("\n", lineEnd)));
  return patch === null ? ended : [patch, ...ended];
}

function merged(old: string, section: string, value: unknown): string {
  // A comment beside the name would come to stand below it.
  const [, head = "", remark = "", body = ""] =
    /^(\S+:)([ \t]*#[^\n]*|)(\n[\s\S]*|)$/.exec(old.replaceAll("\r\n", "\n")) ?? [];
  const made = mergedBody(head === "" ? old : head + body, section, value);
  const end = made.indexOf("\n");
  return end < 0 ? made : made.slice(0, end) + remark + made.slice(end);
}

function mergedBody(old: string, section: string, value: unknown): string {
  const document: Document = parseDocument(old.replaceAll("\r\n", "\n"));
  const { contents } = document;
  if (!isMap(contents)) return "";
  const [pair] = contents.items;
  if (pair === undefined) return "";
  const isEmpty = (isMap(pair.value) || isSeq(pair.value)) && pair.value.items.length === 0;
  // An empty list is written `[]`, and what is put into it shall not be.
  pair.value = isEmpty ? document.createNode(value) : putValue(document, pair.value, value);
  return document.toString({ lineWidth: 0, ...indentOf(old, section) });
}

/** As its author indents. */
function indentOf(text: string, section: string): { indent?: number; indentSeq?: boolean } {
  const line = text.split("\n").find((one, i) => i > 0 && /^\s*[^\s#]/.test(one));
  if (line === undefined || !text.startsWith(section)) return {};
  const width = line.length - line.trimStart().length;
  if (line.trimStart().startsWith("- ")) return { indentSeq: width > 0 };
  return width > 0 ? { indent: width } : {};
}

function appended({ text, lineEnd }: ConfigText, draft: string): string {
  if (draft === "" || text === "") return text + draft;
  return text + (text.endsWith("\n") ? "" : lineEnd) + draft;
}

function spliced({ text, lineEnd }: ConfigText, { start, end }: { start: number; end: number }, draft: string): string {
  const rest = text.slice(end);
  const isEnded = draft === "" || draft.endsWith("\n");
  if (rest !== "" && !isEnded) return text.slice(0, start) + draft + lineEnd + rest;
  // A file without a last line end goes on without it.
  const kept = rest === "" && isEnded && !text.endsWith("\n") ? draft.replace(/\r?\n$/, "") : draft;
  return text.slice(0, start) + kept + rest;
}

/** Whether the new text reads as the old one but for the section, and the section as it shall. */
function saysTheRest(old: ConfigText, next: ConfigText, section: string, content: SectionContent | null): boolean {
  if (next.reason !== null || next.sections.has(section) !== (content !== null)) return false;
  const others = [...old.sections].filter(([name]) => name !== section);
  const count = [...next.sections.keys()].filter((name) => name !== section).length;
  if (count !== others.length) return false;
  if (others.some(([name, { text }]) => ended(next.sections.get(name)?.text) !== ended(text))) return false;
  return content?.kind !== "value" || isDeepStrictEqual(next.sections.get(section)?.value, content.value);
}

/** The last line of a file may lack its end, and gets one when something follows. */
function ended(text: string | undefined): string | undefined {
  return text?.replace(/\r?\n$/, "");
}
