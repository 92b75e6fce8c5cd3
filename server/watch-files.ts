import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";

export interface FileWatch {
  close(): void;
}

/** Editors write a file in several steps, or write another and rename it: one change is told once. */
const SETTLE_MS = 100;

/**
 * Tells when a file is written, replaced or made. Its folder is watched, because a replaced file is another file.
 *
 * @param onFault told when watching is not possible; the file then changes unnoticed until SIGHUP
 */
export function watchFile(path: string, onChange: () => void, onFault: (error: unknown) => void): FileWatch {
  const name = basename(path);
  let timer: NodeJS.Timeout | null = null;
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(dirname(path), { persistent: false }, (_, changed) => {
      if (changed !== null && changed !== name) return;
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(() => {
        timer = null;
        onChange();
      }, SETTLE_MS);
      timer.unref();
    });
    watcher.on("error", onFault);
  } catch (error) {
    onFault(error);
  }
  return {
    close() {
      if (timer !== null) clearTimeout(timer);
      watcher?.close();
    },
  };
}
