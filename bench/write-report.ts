import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";

/** Writes whole or not at all: to a temporary name beside it, then renamed. */
export async function writeReport(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, file);
}
