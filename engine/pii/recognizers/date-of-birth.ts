import { labelWords, wordsAfter, wordsBefore } from "../nearby.ts";
import type { PiiSpan, Recognizer } from "../pii.ts";

const MONTH =
  "(?:jan(?:uary|uar|vier|uari)?|feb(?:ruary|ruar|ruari)?|f[ée]vr?(?:ier)?|mar(?:ch|s|zo)?|märz|apr(?:il|ile)?|avr(?:il)?|abril|may|mai|mayo|mei|maggio|june?|juni|juin|junio|giugno|july?|juli|juillet|julio|luglio|aug(?:ust|ustus)?|août|agosto|sept?(?:ember|embre|iembre)?|oct(?:ober|obre|ubre)?|okt(?:ober)?|ottobre|nov(?:ember|embre|iembre)?|dec(?:ember)?|dez(?:ember)?|déc(?:embre)?|dic(?:iembre|embre)?|enero|febrero|gennaio|febbraio)";
const DATE = new RegExp(
  [
    "(?<![\\w/.-])(?:",
    "\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}",
    "|\\d{1,2}[-/.] ?\\d{1,2}[-/.] ?(?:\\d{4}|\\d{2})",
    `|\\d{1,2}(?:st|nd|rd|th|\\.|º|er)? (?:of |de |di )?${MONTH}\\.?,? (?:of |de |del )?(?:\\d{4}|'\\d{2})`,
    `|${MONTH}\\.? \\d{1,2}(?:st|nd|rd|th)?,? \\d{4}`,
    "|\\d{4}年\\d{1,2}月\\d{1,2}日",
    ")(?![\\w/-]|\\.\\d)",
  ].join(""),
  "giu",
);
const BEFORE =
  /(?:\bborn|\bbirth|\bd\.?\s?o\.?\s?b\b|\bbirthday|\bgeboren|\bgeb\.|\bgeburt|\bnée?\b|\bnaissance|\bnaci[óod]|\bnacimiento|\bnat[oa]\b|\bnascita|\bgeboorte|\bnascid|\bnascimento|\burodz|\bfödd|\bfødt|\bsyntyn|生年月日|出生)[^\n]{0,32}$|\bborn\b/;
const AFTER = /^[\s)]*(?:\(?(?:dob|birth|date of birth|born|birthday)|is (?:my|his|her|their) birth)/;
const LABEL = /birth|\bdob\b|geburt|naissance|nacimiento|nascita|geboorte/;

/** Dates that the text calls somebody's birth. */
export const dateOfBirth: Recognizer = {
  types: ["DATE_OF_BIRTH"],
  find(text, { label }) {
    if (!/\d/.test(text)) return [];
    const spans: PiiSpan[] = [];
    const isLabelled = LABEL.test(labelWords(label));
    if (!isLabelled && !CALLS_IT.test(text)) return [];
    for (const match of text.matchAll(DATE)) {
      const end = match.index + match[0].length;
      if (!isLabelled && !BEFORE.test(wordsBefore(text, match.index)) && !AFTER.test(wordsAfter(text, end))) continue;
      spans.push({ type: "DATE_OF_BIRTH", start: match.index, end });
    }
    return spans;
  },
};

const CALLS_IT =
  /born|birth|d\.?\s?o\.?\s?b|gebor|geb\.|geburt|née?|naissance|naci|nato|nata|nasc|geboorte|urodz|född|født|syntyn|生年月日|出生/iu;
