import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { DatasetError } from "./errors.ts";
import type { ImportInput } from "./importer.ts";
import { toDatasetError } from "./read-lines.ts";

export async function inspectInput(input: string): Promise<ImportInput> {
  try {
    const isFolder = (await stat(input)).isDirectory();
    return { path: input, isFolder, entries: isFolder ? (await readdir(input)).sort() : [] };
  } catch (error) {
    throw toDatasetError(error, input, 0);
  }
}

/** Names in a folder, sorted; none when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}

/**
 * The first of several places under a root that is a folder, e.g. a clone's root or the folder itself.
 *
 * @throws DatasetError `file_missing`, saying what was looked for
 */
export async function findFolder(root: string, places: readonly string[], what: string): Promise<string> {
  for (const place of places) {
    const folder = path.join(root, place);
    if ((await namesIn(folder)).length > 0) return folder;
  }
  throw new DatasetError("file_missing", `no ${what} here; looked in ${places.join(", ") || "."}`, { place: root });
}
