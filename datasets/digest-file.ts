import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { toDatasetError } from "./read-lines.ts";

/** SHA-256 of a file in lower-case hex. */
export async function digestFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) hash.update(chunk as Buffer);
  } catch (error) {
    throw toDatasetError(error, file, 0);
  }
  return hash.digest("hex");
}
