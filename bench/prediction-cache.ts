import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../engine/package-root.ts";
import type { RouterPredictions } from "../trainer/fit-router.ts";
import type { FitRequest, FitResult } from "./fit-predict.ts";

export interface PredictionCache {
  keyOf(request: FitRequest): Promise<string>;
  read(key: string): Promise<FitResult | null>;
  write(key: string, result: FitResult): Promise<void>;
}

const LENGTH_BYTES = 4;
const FLOAT_BYTES = 4;

/**
 * Predictions on disk, by digest of data, rows, options and code: a changed trainer or featurizer never reads what an
 * older one wrote.
 */
export function createPredictionCache(folder: string): PredictionCache {
  const code = codeDigest();
  const fileOf = (key: string) => path.join(folder, `${key}.predictions`);
  return {
    async keyOf({ table, train, calibration, predict, options }) {
      const hash = createHash("sha256").update(await code);
      hash.update(JSON.stringify([table.models, table.lineage.map(({ digest }) => digest), options]));
      for (const { promptId } of table.prompts) hash.update(promptId);
      hash.update(bytesOf(table.quality));
      for (const rows of [train, calibration, ...predict]) hash.update(`|${rows.length}|`).update(bytesOf(rows));
      return hash.digest("hex").slice(0, 32);
    },
    async read(key) {
      const file = await readFile(fileOf(key)).catch(() => null);
      return file === null ? null : decode(file);
    },
    async write(key, result) {
      await mkdir(folder, { recursive: true });
      const temporary = `${fileOf(key)}.${process.pid}.tmp`;
      await writeFile(temporary, encode(result));
      await rename(temporary, fileOf(key));
    },
  };
}

/** JSON header with its length before it, then all matrices as little-endian floats. */
function encode({ predictions: sets, ...facts }: FitResult): Buffer {
  const headers = sets.map((predictions) => ({
    fields: Object.fromEntries(Object.entries(predictions).filter(([, value]) => !(value instanceof Float32Array))),
    matrices: matricesOf(predictions).map(([name, values]) => ({ name, length: values.length })),
  }));
  const header = Buffer.from(JSON.stringify({ facts, sets: headers }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(header.length);
  return Buffer.concat([
    length,
    header,
    ...sets.flatMap((set) => matricesOf(set).map(([, values]) => bytesOf(values))),
  ]);
}

function decode(file: Buffer): FitResult {
  let at = LENGTH_BYTES + file.readUInt32LE(0);
  const { facts, sets }: Header = JSON.parse(file.toString("utf8", LENGTH_BYTES, at));
  const predictions = sets.map(({ fields, matrices }) => {
    const values = matrices.map(({ name, length }) => {
      const bytes = Uint8Array.from(file.subarray(at, at + length * FLOAT_BYTES));
      at += length * FLOAT_BYTES;
      return [name, new Float32Array(bytes.buffer)] as const;
    });
    return { ...fields, ...Object.fromEntries(values) } as unknown as RouterPredictions; // as `encode` took it apart
  });
  return { ...facts, predictions };
}

interface Header {
  readonly facts: Omit<FitResult, "predictions">;
  readonly sets: readonly {
    readonly fields: Record<string, unknown>;
    readonly matrices: readonly { readonly name: string; readonly length: number }[];
  }[];
}

function matricesOf(predictions: RouterPredictions): [string, Float32Array][] {
  return Object.entries(predictions).filter(
    (entry): entry is [string, Float32Array] => entry[1] instanceof Float32Array,
  );
}

/** Digest of the sources that predictions depend on; of the bundle when there are none. */
async function codeDigest(): Promise<string> {
  const hash = createHash("sha256");
  const folders = ["trainer", "engine/features", "engine/tokenizer", "engine/embedders"];
  const files = [
    "engine/features.ts",
    "engine/ngrams.ts",
    "engine/tokens.ts",
    "engine/conversation.ts",
    "package-lock.json",
  ];
  for (const folder of folders) {
    const entries = await readdir(new URL(folder, packageRoot), { recursive: true }).catch(() => []);
    files.push(
      ...entries.filter((name) => name.endsWith(".ts") && !name.includes(".test.")).map((name) => `${folder}/${name}`),
    );
  }
  for (const file of files.sort()) {
    const content = await readFile(fileURLToPath(new URL(file, packageRoot))).catch(() => null);
    if (content !== null) hash.update(file).update(content);
  }
  return hash.digest("hex");
}

function bytesOf(values: Float32Array | Int32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
