// Country by country: all of the library is 0.7 MB to read at every start.
import * as auTfn from "stdnum/lib/cjs/au/tfn.js";
import * as beNn from "stdnum/lib/cjs/be/nn.js";
import * as brCpf from "stdnum/lib/cjs/br/cpf.js";
import * as caSin from "stdnum/lib/cjs/ca/sin.js";
import * as chSsn from "stdnum/lib/cjs/ch/ssn.js";
import * as cnRic from "stdnum/lib/cjs/cn/ric.js";
import * as deIdnr from "stdnum/lib/cjs/de/idnr.js";
import * as deSvnr from "stdnum/lib/cjs/de/svnr.js";
import * as dkCpr from "stdnum/lib/cjs/dk/cpr.js";
import * as esDni from "stdnum/lib/cjs/es/dni.js";
import * as esNie from "stdnum/lib/cjs/es/nie.js";
import * as fiHetu from "stdnum/lib/cjs/fi/hetu.js";
import * as frNir from "stdnum/lib/cjs/fr/nir.js";
import * as hkHkid from "stdnum/lib/cjs/hk/hkid.js";
import * as inAadhaar from "stdnum/lib/cjs/in/aadhaar.js";
import * as itCodicefiscale from "stdnum/lib/cjs/it/codicefiscale.js";
import * as krRrn from "stdnum/lib/cjs/kr/rrn.js";
import * as mxCurp from "stdnum/lib/cjs/mx/curp.js";
import * as nlBsn from "stdnum/lib/cjs/nl/bsn.js";
import * as noFodselsnummer from "stdnum/lib/cjs/no/fodselsnummer.js";
import * as plPesel from "stdnum/lib/cjs/pl/pesel.js";
import * as sePersonnummer from "stdnum/lib/cjs/se/personnummer.js";
import * as trTckimlik from "stdnum/lib/cjs/tr/tckimlik.js";
import * as zaIdnr from "stdnum/lib/cjs/za/idnr.js";
import { digitsOf, labelWords, wordsBefore } from "../nearby.ts";
import type { PiiSpan, Recognizer } from "../pii.ts";

/** A country's number: how it is written, how it is checked, and whether that alone is enough to know it. */
interface Kind {
  readonly pattern: RegExp;
  readonly isValid: (found: string) => boolean;
  /** Words that must stand before it; null where its form and checksum are enough. */
  readonly context: RegExp | null;
}

const valid =
  (one: { validate(value: string): { isValid: boolean } }) =>
  (found: string): boolean => {
    try {
      return one.validate(found).isValid;
    } catch {
      return false;
    }
  };

const ANY_ID =
  /\b(?:national|identity|identification|identifier|citizen|personal|resident|insurance|social|security|tax(?:payer)?|id|tin|passport|licen[cs]e|carte|sécurité|sociale|nir|steuer\w*|ausweis\w*|versicherung\w*|rentenversicherung\w*|dni|nie|nif|cédula|cedula|fiscale?|codice|bsn|burgerservicenummer|rijksregister\w*|niss|insz|cpf|pesel|personnummer|cpr|fødselsnummer|henkilötunnus|aadhaar|aadhar|uid|sin|tfn|nhs|cnp|egn|oib|kimlik|rut|run|curp|hkid|nric|fin|pps|ahv|avs|cuit|cuil)\b/;

const KINDS: readonly Kind[] = [
  // United Kingdom
  {
    pattern: /(?<![\w])[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![\w])/gi,
    isValid: (found) => /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/i.test(plain(found)),
    context: null,
  },
  {
    pattern: /(?<![\w-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-])/g,
    isValid: isNhsNumber,
    context: /\bnhs\b/,
  },
  // France: sex, year, month, department, commune, order, key
  {
    pattern: /(?<![\w])[1-478] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?![\w])/gi,
    isValid: valid(frNir),
    context: null,
  },
  // Spain, Argentina: a letter checks eight digits
  {
    pattern: /(?<![\w])(?:\d{8}|[XYZ]\d{7}|\d{2}\.\d{3}\.\d{3})[ -]?[A-HJ-NP-TV-Z](?![\w])/gi,
    isValid: (found) => valid(esDni)(plain(found)) || valid(esNie)(plain(found)),
    context: null,
  },
  // Italy
  {
    pattern: /(?<![\w])[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?![\w])/gi,
    isValid: valid(itCodicefiscale),
    context: null,
  },
  // Mexico
  {
    pattern: /(?<![\w])[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d(?![\w])/gi,
    isValid: valid(mxCurp),
    context: null,
  },
  // India: permanent account number, Aadhaar
  {
    pattern: /(?<![\w])[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z](?![\w])/g,
    isValid: () => true,
    context: /\bpan\b|permanent|tax/,
  },
  {
    pattern: /(?<![\w-])[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}(?![\w-])/g,
    isValid: (found) => valid(inAadhaar)(digitsOf(found)),
    context: /aadh?aar|uidai|\buid\b/,
  },
  {
    pattern: /(?<![\w-])[2-9]\d{3}[ -]\d{4}[ -]\d{4}(?![\w-]|[ -]\d{4})/g,
    isValid: (found) => valid(inAadhaar)(digitsOf(found)),
    context: null,
  },
  // Brazil
  {
    pattern: /(?<![\w])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w])/g,
    isValid: valid(brCpf),
    context: null,
  },
  { pattern: /(?<![\w])\d{11}(?![\w])/g, isValid: valid(brCpf), context: /\bcpf\b/ },
  // Germany
  {
    pattern: /(?<![\w])[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?![\w])/g,
    isValid: (found) => valid(deIdnr)(digitsOf(found)),
    context: /steuer|\btax|\bidnr|\btin\b|identifikationsnummer/,
  },
  {
    pattern: /(?<![\w])\d{2} ?\d{6} ?[A-Z] ?\d{3}(?![\w])/gi,
    isValid: (found) => valid(deSvnr)(plain(found)),
    context: null,
  },
  // Belgium, Netherlands, Switzerland
  {
    pattern: /(?<![\w])\d{2}\.?\d{2}\.?\d{2}[ -]?\d{3}[ .-]?\d{2}(?![\w])/g,
    isValid: (found) => /\D/.test(found) && valid(beNn)(digitsOf(found)),
    context: null,
  },
  {
    pattern: /(?<![\w])\d{4}[ .]?\d{2}[ .]?\d{3}(?![\w])/g,
    isValid: (found) => valid(nlBsn)(digitsOf(found)),
    context: /\bbsn\b|burgerservice|sofi/,
  },
  {
    pattern: /(?<![\w])756[ .]?\d{4}[ .]?\d{4}[ .]?\d{2}(?![\w])/g,
    isValid: valid(chSsn),
    context: null,
  },
  // Poland, Sweden, Denmark, Norway, Finland
  { pattern: /(?<![\w])\d{11}(?![\w])/g, isValid: valid(plPesel), context: /pesel/ },
  {
    pattern: /(?<![\w])(?:19|20)?\d{6}[-+]\d{4}(?![\w])/g,
    isValid: (found) => valid(sePersonnummer)(found) || valid(dkCpr)(found),
    context: null,
  },
  {
    pattern: /(?<![\w])\d{6} ?\d{5}(?![\w])/g,
    isValid: (found) => valid(noFodselsnummer)(digitsOf(found)),
    context: /fødsels|fodsels|personnummer|national|\bid\b/,
  },
  { pattern: /(?<![\w])\d{6}[-+A]\d{3}[0-9A-Y](?![\w])/g, isValid: valid(fiHetu), context: null },
  // China, Korea, Hong Kong, Singapore, South Africa, Turkey
  { pattern: /(?<![\w])\d{17}[\dX](?![\w])/gi, isValid: valid(cnRic), context: null },
  { pattern: /(?<![\w])\d{6}-[1-8]\d{6}(?![\w])/g, isValid: valid(krRrn), context: null },
  { pattern: /(?<![\w])[A-Z]{1,2}\d{6}\([0-9A]\)(?![\w])/g, isValid: valid(hkHkid), context: null },
  {
    pattern: /(?<![\w])[STFGM]\d{7}[A-Z](?![\w])/g,
    isValid: () => true,
    context: /nric|\bfin\b|singapore|identity|\bic\b/,
  },
  { pattern: /(?<![\w])\d{13}(?![\w])/g, isValid: valid(zaIdnr), context: ANY_ID },
  {
    pattern: /(?<![\w])[1-9]\d{10}(?![\w])/g,
    isValid: valid(trTckimlik),
    context: /kimlik|tckn|\bt\.?c\.?\b/,
  },
  // Canada, Australia
  {
    pattern: /(?<![\w])\d{3}[ -]?\d{3}[ -]?\d{3}(?![\w]|[ -]\d)/g,
    isValid: (found) => valid(caSin)(digitsOf(found)) || valid(auTfn)(digitsOf(found)),
    context: /\bsin\b|social insurance|\btfn\b|tax file/,
  },
  // Anything that its owner calls so
  {
    pattern: /(?<![\w])[A-Z0-9](?:[A-Z0-9-]{4,17})[A-Z0-9](?![\w])/gi,
    isValid: (found) => digitsOf(found).length >= 4 && !/^\d{4}-\d{2}-\d{2}$/.test(found),
    context:
      /\b(?:passport|passeport|reisepass\w*|pasaporte|driver'?s? licen[cs]e|driving licen[cs]e|führerschein\w*|permis de conduire|national id(?:entity)?|identity card|id card|personalausweis\w*|carte d'identité|tax id|taxpayer|medicare|nhs|ssn|itin|steuer-?id\w*|dni|nie)(?: (?:number|no|nummer|numéro|número|num|card|is|id))*[\s.:#°]*(?:is\s|ist\s|est\s|es\s)?[\s:#]*$/,
  },
];

/** Numbers that states give to people. */
export const nationalId: Recognizer = {
  types: ["NATIONAL_ID"],
  find(text, { label }) {
    if (!/\d{2}/.test(text)) return [];
    const spans: PiiSpan[] = [];
    const words = labelWords(label);
    for (const { pattern, isValid, context } of KINDS) {
      for (const match of text.matchAll(pattern)) {
        const found = match[0];
        if (context !== null && !context.test(wordsBefore(text, match.index)) && !context.test(words)) continue;
        if (!/\d/.test(found) || !isValid(found)) continue;
        spans.push({ type: "NATIONAL_ID", start: match.index, end: match.index + found.length });
      }
    }
    return spans;
  },
};

function plain(found: string): string {
  return found.replace(/[ .-]/g, "").toUpperCase();
}

/** The last of ten digits checks the others with falling weights, modulo 11. */
function isNhsNumber(found: string): boolean {
  const digits = digitsOf(found);
  let sum = 0;
  for (let at = 0; at < 9; at++) sum += Number(digits[at]) * (10 - at);
  return (11 - (sum % 11)) % 11 === Number(digits[9]);
}
