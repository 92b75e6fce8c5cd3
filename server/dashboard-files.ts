import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { gzipSync } from "node:zlib";
import { packageRoot } from "../engine/package-root.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export interface DashboardFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzip: Buffer;
}

/** The page's built files by their path below `/`; none where it was not built. Read when somebody first asks. */
export interface DashboardFiles {
  find(path: string): DashboardFile | null;
}

export function dashboardFiles(folder: URL = new URL("dist/dashboard/", packageRoot)): DashboardFiles {
  const read = new Map<string, DashboardFile>();
  let known: ReadonlySet<string> | null = null;

  function names(): ReadonlySet<string> {
    if (!existsSync(folder)) return new Set();
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const base = folder.pathname.replace(/\/$/, "");
    return new Set(
      entries
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => `${parentPath}/${name}`.replace(/\/{2,}/g, "/").slice(base.length + 1)),
    );
  }

  return {
    find(path) {
      known ??= names();
      if (!known.has(path)) return null;
      let file = read.get(path);
      if (file === undefined) {
        const bytes = readFileSync(new URL(path, folder));
        file = { type: TYPES[extname(path)] ?? "application/octet-stream", bytes, gzip: gzipSync(bytes) };
        read.set(path, file);
      }
      return file;
    },
  };
}
