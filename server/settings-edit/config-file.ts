import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  lstatSync,
  readFileSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ApiError } from "../errors.ts";
import { reasonOf } from "../file-fault.ts";

/** The file as it is now. */
export interface FileState {
  readonly path: string;
  readonly exists: boolean;
  /** "" where there is no file, or none that can be read. */
  readonly text: string;
  /** Digest of its bytes; another one means that somebody changed it. */
  readonly etag: string;
  /** Why it cannot be written; null where it can. */
  readonly reason: string | null;
}

export interface ConfigFile {
  read(): FileState;
  /**
   * Puts the text in the file's place at once: whoever reads sees the old file or the new one. null removes it.
   *
   * @param etag of the file that is replaced
   * @returns the etag of what stands now
   * @throws ApiError `settings_changed` when it is another file by now, or `settings_not_writable`
   */
  replace(text: string | null, etag: string): Promise<string>;
}

const ABSENT = "absent";
const ANY_WRITE = 0o222;
const MODE = 0o644;
const ETAG_CHARS = 32;

/** @param newName a name that no other file has, for what is not finished yet */
export function openConfigFile(path: string, newName: () => string): ConfigFile {
  function read(): FileState {
    try {
      const bytes = readFileSync(path);
      const reason = isUtf8(bytes) ? whyFixed(realpathSync(path), statSync(path)) : "it is not UTF-8";
      return { path, exists: true, text: bytes.toString("utf8"), etag: etagOf(bytes), reason };
    } catch (cause) {
      const isAbsent = (cause as NodeJS.ErrnoException).code === "ENOENT" && !isLink(path);
      const reason = isAbsent ? whyFixed(path, null) : reasonOf(cause);
      return { path, exists: !isAbsent, text: "", etag: ABSENT, reason };
    }
  }

  return {
    read,
    async replace(text, etag) {
      const { exists } = read();
      const target = exists ? realpathSync(path) : path;
      const bytes = text === null ? null : Buffer.from(text);
      const draft = join(dirname(target), `.${basename(target)}.${newName()}`);
      try {
        if (bytes !== null) await writeDraft(draft, bytes, exists ? statSync(target) : null);
        // From here to the rename nothing of this process comes between.
        if (read().etag !== etag) throw changed(path);
        if (bytes === null) unlinkSync(target);
        else renameSync(draft, target);
        await syncFolder(dirname(target));
        return bytes === null ? ABSENT : etagOf(bytes);
      } catch (error) {
        removeDraft(draft);
        throw error instanceof ApiError ? error : notWritable(path, whyNot(error), error);
      }
    },
  };
}

export function notWritable(path: string, reason: string, cause?: unknown): ApiError {
  const message = `${path} is not changed here: ${reason}`;
  return new ApiError("settings_not_writable", message, cause === undefined ? {} : { cause });
}

export function changed(path: string): ApiError {
  return new ApiError("settings_changed", `${path} was changed since it was read: read it again, and put it anew`);
}

function etagOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, ETAG_CHARS);
}

/** A link that leads nowhere is no file to be made. */
function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Why a file, or a folder that has none yet, is not written to; a file without any write bit is closed on purpose. */
function whyFixed(target: string, stats: Stats | null): string | null {
  if (stats !== null && !stats.isFile()) return "it is no plain file";
  if (stats !== null && (stats.mode & ANY_WRITE) === 0) return "the file is marked read-only";
  if (stats !== null && !may(target, constants.W_OK)) return "this user may not write the file";
  if (!may(dirname(target), constants.W_OK | constants.X_OK)) return "this user may not write into its folder";
  return null;
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** With the mode and, where this user may give files away, the owner of the file that it replaces. */
async function writeDraft(draft: string, bytes: Buffer, old: Stats | null): Promise<void> {
  const file = await open(draft, "wx", old === null ? MODE : old.mode & 0o777);
  try {
    if (old !== null) await dressAs(file, old);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function dressAs(file: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  const own = await file.stat();
  if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid).catch(() => {});
  await file.chmod(mode & 0o777);
}

/** So that the rename outlasts a power cut; not every file system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

function removeDraft(draft: string): void {
  try {
    unlinkSync(draft);
  } catch {
    // It was not made, or stands in its place already.
  }
}

function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EBUSY") return "it is mounted by itself and cannot be replaced: mount its folder instead";
  if (code === "EROFS") return "its file system is read-only";
  if (code === "ENOSPC") return "the disk is full";
  return message;
}
