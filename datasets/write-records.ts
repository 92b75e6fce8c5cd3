import { writeAtomically } from "./write-atomically.ts";

/**
 * Writes JSON lines whole or not at all; see `writeAtomically`. Same rows, same bytes.
 *
 * @throws DatasetError `file_exists` unless forced; whatever the rows throw, with nothing left behind
 */
export async function writeJsonLines(
  file: string,
  batches: AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]>,
  options: { force?: boolean } = {},
): Promise<number> {
  let count = 0;
  const text = async function* () {
    for await (const batch of batches) {
      if (batch.length === 0) continue;
      count += batch.length;
      yield `${batch.map((row) => JSON.stringify(row)).join("\n")}\n`;
    }
  };
  await writeAtomically(file, text(), options);
  return count;
}
