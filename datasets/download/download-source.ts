import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { z } from "zod";
import { digestFile } from "../digest-file.ts";
import { DatasetError } from "../errors.ts";
import { type PublicSource, type SourceFile, urlOf } from "../sources.ts";
import { writeAtomically } from "../write-atomically.ts";

/** `download.json` beside the files: what was got, from where, and how far it could be checked. */
export const DownloadRecord = z.strictObject({
  source: z.string(),
  repository: z.string(),
  commit: z.string(),
  licence: z.string(),
  mayShipWeights: z.boolean(),
  files: z.array(
    z.strictObject({
      path: z.string(),
      url: z.string(),
      bytes: z.number(),
      sha256: z.string(),
      /** `published`: equal to a checksum in the catalogue; `recorded`: only written down here. */
      checked: z.enum(["published", "recorded"]),
      at: z.string(),
    }),
  ),
});
export type DownloadRecord = z.infer<typeof DownloadRecord>;

export interface DownloadDeps {
  readonly fetch: typeof fetch;
  readonly clock: () => Date;
}

export interface DownloadOptions {
  /** Folder in which the repository's paths are laid out, so that its importer reads them. */
  readonly folder: string;
  /** Mirror instead of raw.githubusercontent.com; https, or http on the loopback. */
  readonly base?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const LFS = "version https://git-lfs.github.com/spec/v1";

/**
 * Fetches every file of a source at its pinned commit. A file that lies there with the recorded checksum is kept. Where
 * no checksum was published the first download records what it got, and every later one must equal it.
 *
 * @throws DatasetError `network_unavailable`, `download_failed` or `checksum_mismatch`; finished files stay
 */
export async function downloadSource(
  source: PublicSource,
  options: DownloadOptions,
  deps: DownloadDeps,
): Promise<DownloadRecord> {
  if (source.files.length === 0) {
    const message = `${source.name} is in no form that an importer reads; see https://github.com/${source.repository}`;
    throw new DatasetError("source_unknown", message);
  }
  checkBase(options.base);
  const recordFile = path.join(options.folder, "download.json");
  const earlier = await readRecord(recordFile, source);
  const files: DownloadRecord["files"] = [];
  for (const [index, file] of source.files.entries()) {
    options.onProgress?.(index, source.files.length);
    const known = earlier.find((entry) => entry.path === file.path);
    files.push(await fetchFile(source, file, known, options, deps));
    // After every file, so that a download cut short goes on where it stopped.
    const rest = earlier.filter((entry) => !files.some((done) => done.path === entry.path));
    await writeRecord(recordFile, source, [...files, ...rest]);
  }
  options.onProgress?.(source.files.length, source.files.length);
  return writeRecord(recordFile, source, files);
}

async function fetchFile(
  source: PublicSource,
  file: SourceFile,
  known: DownloadRecord["files"][number] | undefined,
  options: DownloadOptions,
  deps: DownloadDeps,
): Promise<DownloadRecord["files"][number]> {
  const target = path.join(options.folder, ...file.path.split("/"));
  const wanted = file.sha256 ?? known?.sha256 ?? null;
  const present = await digestFile(target).catch(() => null);
  if (known && present !== null && present === wanted) return known;

  const url = urlOf(source, file, options.base);
  const response = await request(url, source, deps.fetch);
  await mkdir(path.dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.part`;
  try {
    const { bytes, sha256 } = await save(response, temporary, url);
    if (wanted !== null && sha256 !== wanted) {
      const message = `the file has SHA-256 ${sha256}, ${wanted} was expected: it is not what the catalogue pins`;
      throw new DatasetError("checksum_mismatch", message, { place: url });
    }
    await rename(temporary, target);
    const checked = file.sha256 === null ? "recorded" : "published";
    return { path: file.path, url, bytes, sha256, checked, at: deps.clock().toISOString() };
  } finally {
    await rm(temporary, { force: true });
  }
}

async function request(url: string, source: PublicSource, fetcher: typeof fetch): Promise<Response> {
  let response: Response;
  try {
    response = await fetcher(url, { redirect: "follow" });
  } catch (error) {
    const { host } = new URL(url);
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    const why = cause?.code ?? cause?.message ?? (error as Error).message;
    const message = `no network: ${host} cannot be reached (${why}). Where there is one, clone https://github.com/${source.repository}, check out ${source.commit} and pass the folder to weir datasets import ${source.importer} --in`;
    throw new DatasetError("network_unavailable", message, { place: url, cause: error });
  }
  if (response.ok && response.body !== null) return response;
  await response.body?.cancel();
  throw new DatasetError("download_failed", `the server answered ${response.status}`, { place: url });
}

async function save(response: Response, file: string, url: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  let head = "";
  const count = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      if (bytes === 0) head = Buffer.from(chunk.subarray(0, LFS.length)).toString("latin1");
      bytes += chunk.length;
      yield chunk;
    }
  };
  try {
    // The web stream of fetch and Node's own type of it are the same at run time.
    const body = Readable.fromWeb(response.body as unknown as ReadableStream);
    await pipeline(body, count, createWriteStream(file));
  } catch (error) {
    throw new DatasetError("download_failed", `the transfer broke off after ${bytes} bytes`, {
      place: url,
      cause: error,
    });
  }
  if (head === LFS) {
    throw new DatasetError("download_failed", "the repository holds a Git LFS pointer here, not the file", {
      place: url,
    });
  }
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  if (!response.headers.has("content-encoding") && Number.isFinite(length) && length !== bytes) {
    throw new DatasetError("download_failed", `${bytes} of ${length} bytes came`, { place: url });
  }
  return { bytes, sha256: hash.digest("hex") };
}

async function readRecord(file: string, source: PublicSource): Promise<DownloadRecord["files"]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return [];
  }
  const parsed = DownloadRecord.safeParse(toJson(text));
  if (!parsed.success || parsed.data.source !== source.name || parsed.data.commit !== source.commit) {
    const message = `the folder holds another download; choose an empty one or remove download.json`;
    throw new DatasetError("file_exists", message, { place: file });
  }
  return parsed.data.files;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function writeRecord(
  file: string,
  source: PublicSource,
  files: DownloadRecord["files"],
): Promise<DownloadRecord> {
  const { name, repository, commit, licence, weights } = source;
  const record = { source: name, repository, commit, licence, mayShipWeights: weights.mayShip, files };
  await writeAtomically(file, [`${JSON.stringify(record, null, 2)}\n`], { force: true });
  return record;
}

function checkBase(base: string | undefined): void {
  if (base === undefined) return;
  const url = URL.canParse(base) ? new URL(base) : null;
  const isLoopback = url !== null && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback)) return;
  throw new DatasetError("source_unknown", `--base ${base}: an https address is needed`);
}
