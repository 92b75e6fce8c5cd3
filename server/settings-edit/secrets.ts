// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../errors.ts";
import { isSecretField, maskSecret, maskUrl } from "../settings.ts";
import { pairItems } from "./pair-items.ts";

const REFERENCES = /(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;
/** What may stand before a reference in a header without being a secret itself. */
const SCHEME = /^(?:Bearer|Basic|Token|Key)?\s*$/i;
const ADMIN_KEY = "WEIR_ADMIN_KEY";

/** A section as it may be shown: secrets that stand in the file masked, `${NAME}` as it is. */
export function maskedWritten(section: string, value: unknown): unknown {
  return mapTexts(value, [section], masked);
}

/** Whether the section holds secrets themselves instead of the names of variables. */
export function hasLiteralSecrets(section: string, value: unknown): boolean {
  return !isDeepStrictEqual(maskedWritten(section, value), value);
}

/** Puts back what the file has wherever a masked text came back as it was shown. */
export function unmasked(section: string, given: unknown, written: unknown): unknown {
  return unmaskedAt(given, written, [section]);
}

/** Secrets that the file does not have already: they belong in the environment. */
export function literalProblems(section: string, value: unknown, written: unknown): Problem[] {
  const known = new Set(textsOf(section, written).flatMap(({ text, names }) => literalsOf(text, names)));
  return textsOf(section, value)
    .filter(({ text, names }) => literalsOf(text, names).some((literal) => !known.has(literal)))
    .map(({ path }) => ({
      path,
      message: "a secret is not written into the file: write ${NAME} and set NAME in the environment",
    }));
}

/** Variables whose values would be shown, or that nobody may pass on; what the file names already stays. */
export function referenceProblems(section: string, value: unknown, file: Readonly<Record<string, unknown>>): Problem[] {
  const known = new Set(
    Object.entries(file).flatMap(([name, old]) => openReferences(name, old).map((one) => one.name)),
  );
  const admin = textsOf(section, value).filter(({ text }) => namesIn(text).includes(ADMIN_KEY));
  return [
    ...admin.map(({ path }) => ({ path, message: `${ADMIN_KEY} opens Weir itself and is given to nobody` })),
    ...openReferences(section, value)
      .filter(({ name }) => name !== ADMIN_KEY && !known.has(name))
      .map(({ path, name }) => ({
        path,
        message: `\${${name}} would be shown here: variables are for keys, tokens and headers; elsewhere name it in the file by hand`,
      })),
  ];
}

interface PlacedText {
  readonly text: string;
  readonly path: string;
  /** Names of the fields that lead to it, without the places in lists. */
  readonly names: readonly string[];
}

/** References outside fields whose values are masked. */
function openReferences(section: string, value: unknown): { name: string; path: string }[] {
  return textsOf(section, value)
    .filter(({ names }) => !isSecretField(names))
    .flatMap(({ text, path }) => namesIn(text).map((name) => ({ name, path })));
}

function namesIn(text: string): string[] {
  return [...text.matchAll(REFERENCES)].filter(([, escaping]) => escaping === "").map(([, , name]) => name!);
}

function masked(text: string, names: readonly string[]): string {
  if (literalsOf(text, names).length === 0) return text;
  return isSecretField(names) ? maskSecret(text) : maskUrl(text);
}

/** The secrets of a text that stand in it themselves. */
function literalsOf(text: string, names: readonly string[]): string[] {
  const shown = isSecretField(names) ? text : passwordOf(text);
  const left = shown.replace(REFERENCES, (whole, escaping: string, _, otherwise: string | undefined) =>
    escaping === "" ? (otherwise ?? "") : whole,
  );
  return SCHEME.test(left) ? [] : [shown];
}

/** `p` of `scheme://user:p@host`; empty where there is none. */
function passwordOf(text: string): string {
  return text.match(/^[a-z][a-z0-9+.-]*:\/\/[^:/@\s]*:([^@/\s]+)@/i)?.[1] ?? "";
}

function textsOf(section: string, value: unknown): PlacedText[] {
  const found: PlacedText[] = [];
  mapTexts(value, [section], (text, names, path) => {
    found.push({ text, names, path });
    return text;
  });
  return found;
}

type ChangeText = (text: string, names: readonly string[], path: string) => string;

function mapTexts(node: unknown, names: readonly string[], change: ChangeText, path = names.join(".")): unknown {
  if (typeof node === "string") return change(node, names, path);
  if (Array.isArray(node)) return node.map((item, i) => mapTexts(item, names, change, `${path}.${i}`));
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, item]) => [key, mapTexts(item, [...names, key], change, `${path}.${key}`)]),
  );
}

function unmaskedAt(given: unknown, written: unknown, names: readonly string[]): unknown {
  if (typeof given === "string") {
    if (typeof written !== "string" || given === written) return given;
    return masked(written, names) === given ? written : given;
  }
  if (Array.isArray(given)) {
    const old = Array.isArray(written) ? written : [];
    const shown = old.map((item) => mapTexts(item, names, masked));
    return pairItems(given, shown).map((from, i) => unmaskedAt(given[i], from === null ? undefined : old[from], names));
  }
  if (given === null || typeof given !== "object") return given;
  const old = (written ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(given).map(([key, item]) => [
      key,
      unmaskedAt(item, Object.hasOwn(old, key) ? old[key] : undefined, [...names, key]),
    ]),
  );
}
