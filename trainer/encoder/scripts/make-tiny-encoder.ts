/**
 * Writes engine/embedders/fixtures/tiny-bert/, a sentence encoder of nine words in the layout of the Hugging Face hub, so
 * that the `transformers` embedder is tested without a download: `npx tsx trainer/encoder/scripts/make-tiny-encoder.ts`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { createGraph } from "../../onnx/graph.ts";

const WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "hello", "world", "a", "b", "?"];
const WIDTH = 4;
const folder = new URL("../../../engine/embedders/fixtures/tiny-bert/", import.meta.url);

mkdirSync(new URL("onnx/", folder), { recursive: true });
writeFileSync(new URL("onnx/model.onnx", folder), tinyGraph());
write("config.json", {
  model_type: "bert",
  architectures: ["BertModel"],
  hidden_size: WIDTH,
  vocab_size: WORDS.length,
});
write("tokenizer_config.json", { tokenizer_class: "BertTokenizer", model_max_length: 32, do_lower_case: true });
write("tokenizer.json", {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: WORDS.slice(0, 4).map((content, id) => ({
    id,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  })),
  normalizer: {
    type: "BertNormalizer",
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: {
    type: "TemplateProcessing",
    single: [special("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, special("[SEP]")],
    pair: [],
    special_tokens: {
      "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
      "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
    },
  },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
});

/** Each token's row of a table; the mask is read by the caller's pooling, and here only to be an input. */
function tinyGraph(): Uint8Array {
  const graph = createGraph("tiny-bert");
  const ids = graph.input("input_ids", "int64", ["batch", "tokens"]);
  const mask = graph.input("attention_mask", "int64", ["batch", "tokens"]);
  const table = Float32Array.from({ length: WORDS.length * WIDTH }, (_, i) => Math.sin(i + 1));
  const rows = graph.op("Gather", [graph.constant("table", table, [WORDS.length, WIDTH]), ids]);
  const kept = graph.op("Unsqueeze", [
    graph.op("Cast", [mask], { to: { int: 1 } }),
    graph.constant("last", BigInt64Array.of(-1n), [1]),
  ]);
  graph.output(graph.op("Mul", [rows, kept]), "last_hidden_state", "float", ["batch", "tokens", WIDTH]);
  return graph.bytes();
}

function special(id: string) {
  return { SpecialToken: { id, type_id: 0 } };
}

function write(name: string, content: object): void {
  writeFileSync(new URL(name, folder), `${JSON.stringify(content, null, 1)}\n`);
}
