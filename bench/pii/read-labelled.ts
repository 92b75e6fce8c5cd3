import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { PII_TYPES, type PiiType } from "../../engine/pii/pii.ts";
import { BenchError } from "../errors.ts";

/** A text with the places of its personal data. */
export interface LabelledText {
  readonly text: string;
  readonly spans: readonly { readonly type: string; readonly start: number; readonly end: number }[];
  /** The half that may be looked at while recognizers are made, and the one that may not. */
  readonly half: "development" | "held-out";
}

/** The form of microsoft/presidio-research. */
const File = z.array(
  z.object({
    full_text: z.string(),
    template_id: z.union([z.number(), z.string()]).nullish(),
    spans: z.array(
      z.object({ entity_type: z.string(), start_position: z.number().int(), end_position: z.number().int() }),
    ),
  }),
);

const TYPES: Readonly<Record<string, PiiType>> = {
  ...Object.fromEntries(PII_TYPES.map((type) => [type, type])),
  STREET_ADDRESS: "ADDRESS",
  GPE: "LOCATION",
  DOMAIN_NAME: "URL",
  IBAN_CODE: "IBAN",
  US_DRIVER_LICENSE: "NATIONAL_ID",
};

/** Texts of one template fall in one half, whatever names stand in them. @throws BenchError `no_data` */
export function readLabelled(path: string): LabelledText[] {
  const parsed = File.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success) throw new BenchError("no_data", `${path} is no list of texts with spans`);
  return parsed.data.map(({ full_text: text, template_id, spans }) => ({
    text,
    half: halfOf(String(template_id ?? text)),
    // Offsets count code points, as Python does.
    spans: spans.map(({ entity_type, start_position, end_position }) => ({
      type: TYPES[entity_type] ?? entity_type,
      start: unitOf(text, start_position),
      end: unitOf(text, end_position),
    })),
  }));
}

function halfOf(template: string): LabelledText["half"] {
  return createHash("sha256").update(template).digest()[0]! % 2 === 0 ? "development" : "held-out";
}

function unitOf(text: string, codePoint: number): number {
  let unit = 0;
  for (let at = 0; at < codePoint && unit < text.length; at++) unit += text.codePointAt(unit)! > 0xffff ? 2 : 1;
  return unit;
}
