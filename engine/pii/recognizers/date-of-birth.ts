import { labelWords, wordsAfter, wordsBefore } from "../nearby.ts";
import type { PiiSpan, Recognizer } from "../pii.ts";

const MONTH =
  "(?:jan(?:uary|uar|vier|uari)?|feb(?:ruary|ruar|ruari)?|f[ée]vr?(?:ier)?|mar(?:ch|s|zo)?|märz|apr(?:il|ile)?|avr(?:il)?|abril|may|mai|mayo|mei|maggio|june?|juni|juin|junio|giugno|july?|juli|juillet|julio|luglio|aug(?:ust|ustus)?|août|agosto|sept?(?:ember|embre|iembre)?|oct(?:ober|obre|ubre)?|okt(?:ober)?|ottobre|nov(?:ember|embre|iembre)?|dec(?:ember)?|dez(?:ember)?|déc(?:embre)?|dic(?:iembre|embre)?|enero|febrero|gennaio|febbraio)";
const ORDINAL =
  "(?:(?:twenty|thirty)[- ]?)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth";
const TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety";
const ONES = "one|two|three|four|five|six|seven|eight|nine";
const TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen";
const YEAR_IN_WORDS = `nineteen[- ](?:hundred(?: and)?[- ]?)?(?:(?:${TENS})(?:[- ](?:${ONES}))?|oh[- ](?:${ONES})|${TEENS})|two thousand(?: and)?(?: (?:${ONES}|${TEENS}|(?:${TENS})(?:[- ](?:${ONES}))?))?`;
const DATE = new RegExp(
  [
    "(?<![\\w/.-])(?:",
    "\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}",
    "|\\d{1,2}[-/.] ?\\d{1,2}[-/.] ?(?:\\d{4}|\\d{2})",
    `|\\d{1,2}(?:st|nd|rd|th|\\.|º|er)? (?:of |de |di )?${MONTH}\\.?,? (?:of |de |del )?(?:\\d{4}|'\\d{2})`,
    `|${MONTH}\\.? \\d{1,2}(?:st|nd|rd|th)?,? \\d{4}`,
    `|(?:the )?(?:${ORDINAL})(?: day)? (?:of )?${MONTH},? (?:of )?(?:\\d{4}|${YEAR_IN_WORDS})`,
    `|${MONTH} (?:the )?(?:${ORDINAL}|\\d{1,2}(?:st|nd|rd|th)?),? (?:of )?(?:\\d{4}|${YEAR_IN_WORDS})`,
    `|\\d{1,2}(?:st|nd|rd|th)? (?:of )?${MONTH},? (?:${YEAR_IN_WORDS})`,
    "|\\d{4}年\\d{1,2}月\\d{1,2}日",
    ")(?![\\w/-]|\\.\\d)",
  ].join(""),
  "giu",
);
const BEFORE =
  /(?:\bborn|\bbirth|\bd\.?\s?o\.?\s?b\b|\bbirthday|\bgeboren|\bgeb\.|\bgeburt|(?<!\p{L})née?(?!\p{L})|\bnaissance|\bnaci[óod]|\bnacimiento|\bnat[oa]\b|\bnascita|\bgeboorte|\bnascid|\bnascimento|\burodz|\bfödd|\bfødt|\bsyntyn|(?<!\p{L})ur\.|生年月日|出生)[^\n]{0,32}$|\bborn\b/u;
const AFTER = /^[\s)]*(?:\(?(?:dob|birth|date of birth|born|birthday)|is (?:my|his|her|their) birth)/;
const LABEL = /birth|\bdob\b|geburt|naissance|nacimiento|nascita|geboorte/;

/** Dates that the text calls somebody's birth. */
export const dateOfBirth: Recognizer = {
  types: ["DATE_OF_BIRTH"],
  find(text, { label }) {
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
  /born|birth|d\.?\s?o\.?\s?b|gebor|geb\.|geburt|née?|naissance|naci|nato|nata|nasc|geboorte|urodz|född|født|syntyn|ur\.|生年月日|出生/iu;
