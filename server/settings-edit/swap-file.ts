import { ApiError } from "../errors.ts";
import type { ConfigFile, FileState } from "./config-file.ts";

export interface FileSwapDeps {
  readonly file: ConfigFile;
  /** Reads the file and applies it. @throws and keeps the old configuration */
  readonly reload: () => Promise<void>;
  readonly log: { error(fields: object, message: string): void };
}

/** Writes a new configuration and applies it, or leaves all as it was. */
export interface FileSwap {
  /** @returns the etag of the new file */
  apply(text: string, old: FileState): Promise<string>;
  /** Whether the file is as it was written here, and is applied already. */
  isOwnWriting(): boolean;
}

export function createFileSwap({ file, reload, log }: FileSwapDeps): FileSwap {
  let ownEtag: string | null = null;

  async function putBack(old: FileState, etag: string): Promise<void> {
    try {
      ownEtag = await file.replace(old.exists ? old.text : null, etag);
      await reload();
    } catch (error) {
      log.error({ err: error }, "settings that could not be applied were not taken back");
    }
  }

  return {
    async apply(text, old) {
      const etag = await file.replace(text, old.etag);
      ownEtag = etag;
      try {
        await reload();
        return etag;
      } catch (error) {
        await putBack(old, etag);
        if (error instanceof ApiError && error.code === "config_invalid") throw error;
        const message = `it could not be applied and was taken back: ${(error as Error).message}`;
        throw new ApiError("config_invalid", message, { cause: error });
      }
    },
    isOwnWriting() {
      if (ownEtag === null) return false;
      if (file.read().etag !== ownEtag) ownEtag = null;
      return ownEtag !== null;
    },
  };
}
