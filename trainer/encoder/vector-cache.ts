import { createHash } from "node:crypto";
import { mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const MAGIC = 0x56524957;
const HEADER_BYTES = 12;
const KEY_BYTES = 16;

/** Vectors of texts on disk, in files that are written once and never changed. */
export interface VectorCache {
  /** Fills the rows of `vectors` whose text is known, and returns the indices of the others. */
  read(texts: readonly string[], vectors: Float32Array): Promise<number[]>;
  /** Keeps rows of `vectors`. */
  write(texts: readonly string[], rows: readonly number[], vectors: Float32Array): Promise<void>;
}

/**
 * A cache of one encoder's vectors in `<folder>/<digest>/`, keyed by the SHA-256 of the text. A damaged or half-written
 * file is passed over.
 */
export function openVectorCache(folder: string, digest: string, dimensions: number): VectorCache {
  const place = join(folder, digest.slice(0, 16));
  return {
    async read(texts, vectors) {
      const wanted = new Map<string, number[]>();
      texts.forEach((text, row) => {
        const key = keyOf(text);
        const rows = wanted.get(key);
        if (rows === undefined) wanted.set(key, [row]);
        else rows.push(row);
      });
      for (const file of await listFiles(place)) await readFile(join(place, file), dimensions, wanted, vectors);
      return [...wanted.values()].flat().sort((a, b) => a - b);
    },
    async write(texts, rows, vectors) {
      if (rows.length === 0) return;
      await mkdir(place, { recursive: true });
      const bytes = encode(texts, rows, vectors, dimensions);
      const name = createHash("sha256").update(bytes).digest("hex").slice(0, 24);
      const temporary = join(place, `.${name}.${process.pid}`);
      try {
        await writeFile(temporary, bytes);
        await rename(temporary, join(place, `${name}.vectors`));
      } finally {
        await rm(temporary, { force: true });
      }
    },
  };
}

function keyOf(text: string): string {
  return createHash("sha256")
    .update(text, "utf16le")
    .digest("hex")
    .slice(0, 2 * KEY_BYTES);
}

async function listFiles(place: string): Promise<string[]> {
  try {
    return (await readdir(place)).filter((name) => name.endsWith(".vectors")).sort();
  } catch {
    return []; // No folder yet: nothing is cached.
  }
}

function encode(texts: readonly string[], rows: readonly number[], vectors: Float32Array, dimensions: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(rows.length, 4);
  header.writeUInt32LE(dimensions, 8);
  const keys = rows.map((row) => Buffer.from(keyOf(texts[row]!), "hex"));
  const values = rows.map((row) => {
    const { buffer, byteOffset } = vectors.subarray(row * dimensions);
    return new Uint8Array(buffer, byteOffset, 4 * dimensions);
  });
  return Buffer.concat([header, ...keys, ...values]);
}

/** Fills the rows that this file knows and takes them out of `wanted`. */
async function readFile(
  path: string,
  dimensions: number,
  wanted: Map<string, number[]>,
  vectors: Float32Array,
): Promise<void> {
  const file = await open(path);
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    await file.read(header, 0, HEADER_BYTES, 0);
    const count = header.readUInt32LE(4);
    const { size } = await file.stat();
    const isWhole = size === HEADER_BYTES + count * (KEY_BYTES + 4 * dimensions);
    if (header.readUInt32LE(0) !== MAGIC || header.readUInt32LE(8) !== dimensions || !isWhole) return;
    const body = Buffer.alloc(size - HEADER_BYTES);
    await file.read(body, 0, body.length, HEADER_BYTES);
    for (let k = 0; k < count; k++) {
      const key = body.toString("hex", k * KEY_BYTES, (k + 1) * KEY_BYTES);
      const rows = wanted.get(key);
      if (rows === undefined) continue;
      const at = count * KEY_BYTES + 4 * dimensions * k;
      const vector = new Float32Array(dimensions);
      for (let i = 0; i < dimensions; i++) vector[i] = body.readFloatLE(at + 4 * i);
      for (const row of rows) vectors.set(vector, row * dimensions);
      wanted.delete(key);
    }
  } finally {
    await file.close();
  }
}
