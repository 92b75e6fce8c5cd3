/**
 * Fits the weights of engine/tokens.ts against the o200k tokenizer:
 * `npx tsx trainer/encoder/scripts/fit-tokens.ts <data folder>`, where the folder holds `<source>.prompts.jsonl.gz` files.
 * Half of the prompts fit, the other half is what the printed errors are measured on.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { Matrix, solve } from "ml-matrix";
import { countTokenParts, estimateTextTokens, TOKEN_PARTS } from "../../../engine/tokens.ts";

/** Scripts that the data hardly has; weighted to count as much as some prompts do. */
const SENTENCES = [
  "Москва является столицей Российской Федерации, городом федерального значения и крупнейшим по численности населения городом России.",
  "Напишите короткое письмо коллеге с просьбой перенести встречу на следующую неделю.",
  "اكتب رسالة قصيرة إلى زميلك تطلب فيها تأجيل الاجتماع إلى الأسبوع القادم، واذكر السبب بوضوح.",
  "एक सहकर्मी को छोटा पत्र लिखिए जिसमें बैठक को अगले सप्ताह तक टालने का अनुरोध हो।",
  "Γράψε ένα σύντομο γράμμα σε έναν συνάδελφο και ζήτησε να αναβληθεί η συνάντηση για την επόμενη εβδομάδα.",
  "כתוב מכתב קצר לעמית ובקש לדחות את הפגישה לשבוע הבא, והסבר את הסיבה לכך.",
  "เขียนจดหมายสั้น ๆ ถึงเพื่อนร่วมงานเพื่อขอเลื่อนการประชุมไปเป็นสัปดาห์หน้า พร้อมอธิบายเหตุผล",
  "동료에게 회의를 다음 주로 연기해 달라고 요청하는 짧은 편지를 쓰고 그 이유를 설명하세요.",
  "来週に会議を延期してほしいと同僚に頼む短い手紙を書き、その理由を説明してください。カタカナのテキストもあります。",
  "Écrivez une courte lettre à un collègue pour lui demander de reporter la réunion à la semaine prochaine, et expliquez pourquoi.",
  "Schreiben Sie einem Kollegen einen kurzen Brief und bitten Sie ihn, die Besprechung auf nächste Woche zu verschieben; möglichst höflich.",
  "გთხოვთ, დაწეროთ მოკლე წერილი კოლეგას და სთხოვოთ შეხვედრის გადადება.",
  "Nice 👍🎉 see you 😀🚀 — “quoted” … • item → next ≤ 3 × 4 ≈ 12 °C",
  "请给同事写一封简短的信,请求把会议推迟到下周,并说明原因。",
];
const SENTENCE_WEIGHT = 40;
const RIDGE = 1e-3;

const folder = process.argv[2];
if (folder === undefined) {
  console.error("usage: npx tsx trainer/encoder/scripts/fit-tokens.ts <data folder>");
  process.exit(2);
}
const texts = readPrompts(folder);
const fitted = fitWeights(
  texts.filter((_, i) => i % 2 === 0),
  SENTENCES,
);
console.log(`weights: ${fitted.map((weight) => Number(weight.toFixed(3))).join(", ")}`);
report(
  "prompts held back, fitted now",
  texts.filter((_, i) => i % 2 === 1),
  (text) => predict(text, fitted),
);
report(
  "prompts held back, as shipped",
  texts.filter((_, i) => i % 2 === 1),
  estimateTextTokens,
);
report("sentences of other scripts", SENTENCES, estimateTextTokens);
for (const source of new Set(texts.map((text) => text.source))) {
  const own = texts.filter((text, i) => i % 2 === 1 && text.source === source);
  report(`  ${source}`, own, estimateTextTokens);
}

interface Prompt {
  readonly text: string;
  readonly source: string;
}

function readPrompts(from: string): Prompt[] {
  return readdirSync(from)
    .filter((file) => file.endsWith(".prompts.jsonl.gz"))
    .sort()
    .flatMap((file) =>
      gunzipSync(readFileSync(join(from, file)))
        .toString()
        .trim()
        .split("\n"),
    )
    .filter((_, i) => i % 4 === 0)
    .map((line) => JSON.parse(line) as { prompt: string; source: string })
    .map(({ prompt, source }) => ({ text: prompt, source }));
}

/** Least squares of the relative error, with a little ridge toward 0. */
function fitWeights(prompts: readonly Prompt[], sentences: readonly string[]): number[] {
  const gram = Matrix.zeros(TOKEN_PARTS, TOKEN_PARTS);
  const right = Matrix.zeros(TOKEN_PARTS, 1);
  const add = (text: string, weight: number) => {
    const parts = partsOf(text);
    const tokens = countTokens(text);
    const scale = weight / (tokens + 5) ** 2;
    for (let i = 0; i < TOKEN_PARTS; i++) {
      if (parts[i] === 0) continue;
      right.set(i, 0, right.get(i, 0) + scale * parts[i]! * tokens);
      for (let j = 0; j < TOKEN_PARTS; j++) gram.set(i, j, gram.get(i, j) + scale * parts[i]! * parts[j]!);
    }
  };
  for (const prompt of prompts) add(prompt.text, 1);
  for (const sentence of sentences) add(sentence, SENTENCE_WEIGHT);
  for (let i = 0; i < TOKEN_PARTS; i++) gram.set(i, i, gram.get(i, i) + RIDGE);
  return solve(gram, right).to1DArray();
}

function partsOf(text: string): Int32Array {
  const parts = new Int32Array(TOKEN_PARTS);
  countTokenParts(text, 0, text.length, parts);
  return parts;
}

function predict(text: string, weights: readonly number[]): number {
  return partsOf(text).reduce((sum, count, i) => sum + count * weights[i]!, 0);
}

function report(what: string, items: readonly (Prompt | string)[], estimate: (text: string) => number): void {
  const errors = items
    .map((item) => (typeof item === "string" ? item : item.text))
    .filter((text) => text !== "")
    .map((text) => {
      const tokens = countTokens(text);
      return Math.abs(estimate(text) - tokens) / tokens;
    })
    .sort((a, b) => a - b);
  const at = (share: number) => `${(100 * errors[Math.floor(share * (errors.length - 1))]!).toFixed(1)} %`;
  console.log(`${what}: ${errors.length} texts, relative error median ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}`);
}
