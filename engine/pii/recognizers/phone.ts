import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { digitsOf, labelWords, wordsAfter, wordsBefore } from "../nearby.ts";
import type { PiiSpan, Recognizer } from "../pii.ts";

const CANDIDATE =
  /(?<![\p{L}\p{N}@_]|\d[.,\-/:]|[#$€£])(?:\+ ?)?\(?\d(?:[() .\-/\u00a0\u2011]{0,3}\d){5,17}(?: ?(?:x|ext\.?|extension|app?\.|durchwahl|poste) ?:?\d{1,6})?(?![\p{L}\p{N}@_]|[.,\-/:]\d|%)/giu;
const BEFORE =
  /\b(?:call|calling|phone|phones|telephone|telefon\w*|teléfono|téléphone|telefoon\w*|telefono|tel|tél|mobile?|mobil\w*|móvil|cell|cellular|cellphone|handy|fax|desk|direct|hotline|text|sms|whatsapp|signal|dial|ring|reach|contact|number|numéro|nummer|número|numero|nr|office|home|work|landline|pager|rufen|appele[rz]?|ll[aá]m\w+|chiam\w+|bel|ligue|celular)\b[^\n]{0,28}$|☎|📞/u;
const NOT_BEFORE =
  /\b(?:order|invoice|ticket|case|account|acct|reference|ref|tracking|serial|isbn|issn|issue|card|version|policy|claim|room|flight|zip|postal|code|amount|total|price|id|year|chapter|page|port|konto\w*|kundennummer|rechnung\w*|bestell\w*|commande|facture|pedido)\b[^\n]{0,14}$/;
const AFTER = /^[\s,;)-]{0,3}(?:\(?(?:mobile|mob|cell|office|fax|desk|home|work|tel|phone|direct|ext|whatsapp))\b/;
const LABEL = /phone|mobile|\bcell|\btel\b|telefon|fax|whatsapp|msisdn|\bcontact number/;
const DATE =
  /^\(?(?:(?:19|20)\d{2}[-/. ](?:0?[1-9]|1[0-2])[-/. ](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[-/. ](?:0?[1-9]|[12]\d|3[01])[-/. ](?:19|20)\d{2})(?:\D|$)/;
const YEARS = /^(?:1[5-9]|20)\d{2} ?[-/\u2013] ?(?:(?:1[5-9]|20)\d{2})$/;
const THOUSANDS = /^[1-9]\d{0,2}(?:([ .\u00a0])\d{3})(?:\1\d{3})*$/;
const NANP = /^(?:\+?1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?:\D|$)/;
/** Where a number without a country's code may be from. */
const REGIONS: readonly CountryCode[] = ["US", "GB", "DE", "FR", "IN", "ES", "IT", "AU", "BR", "NL", "JP"];

/**
 * Phone numbers: what libphonenumber knows as one, what is written like one, and whatever the words around it call so.
 * A bare run of digits is one only with such words.
 */
export const phone: Recognizer = {
  types: ["PHONE_NUMBER"],
  find(text, { label }) {
    if (!/\d/.test(text)) return [];
    const spans: PiiSpan[] = [];
    const isLabelled = LABEL.test(labelWords(label));
    for (const match of text.matchAll(CANDIDATE)) {
      const found = match[0];
      const start = match.index;
      if (isPhone(found, text, start, isLabelled))
        spans.push({ type: "PHONE_NUMBER", start, end: start + found.length });
    }
    return spans;
  },
};

function isPhone(found: string, text: string, start: number, isLabelled: boolean): boolean {
  const main = found.replace(/ ?(?:x|ext|app?\.|durchwahl|poste).*$/i, "");
  const count = digitsOf(main).length;
  if (count < 7 || count > 16 || DATE.test(main) || YEARS.test(main)) return false;
  if (opens(main) !== closes(main)) return false;
  const before = wordsBefore(text, start);
  if (main.startsWith("+")) return count >= 8;
  const isNamed = isLabelled || BEFORE.test(before) || AFTER.test(wordsAfter(text, start + found.length));
  if (isNamed && !NOT_BEFORE.test(before)) return true;
  if (main.length < found.length && NANP.test(main)) return true;
  if (NOT_BEFORE.test(before) || THOUSANDS.test(main) || !/[ ().\-/]/.test(main)) return false;
  if (NANP.test(main) || /^\(0?\d{1,4}\)/.test(main)) return true;
  if (/^00[1-9]/.test(main)) return count >= 10;
  return /^0[1-9]/.test(main) && count >= 9 && isKnown(main);
}

function isKnown(main: string): boolean {
  return REGIONS.some((region) => parsePhoneNumberFromString(main, { defaultCountry: region })?.isValid() === true);
}

function opens(text: string): number {
  return text.split("(").length;
}

function closes(text: string): number {
  return text.split(")").length;
}
