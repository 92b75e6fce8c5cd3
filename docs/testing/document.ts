import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A document of the project, by its path from the root. */
export function readDocument(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Every line of every `sh` block, in order. */
export function commandsOf(text: string): string[] {
  return blocksOf(text, "sh")
    .flatMap((block) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

export function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map((block) => block[1]!);
}

/** Files that a document's links name. */
export function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1]!);
}

/** A folder that looks like the checkout but takes what commands write, with a demo server beside it. */
export interface Workplace {
  readonly folder: string;
  /** Starts `npm start` and resolves to its port once it is ready. */
  start(): Promise<number>;
  /** What a command line prints; the demo's port takes the place of 8080. @throws when it ends with a fault */
  run(line: string, environment?: Readonly<Record<string, string>>): Promise<string>;
  remove(): void;
}

export function openWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), "weir-documents-"));
  for (const name of ["package.json", "dist", "bench", "datasets", "server", "models", "node_modules"]) {
    symlinkSync(join(root, name), join(folder, name));
  }
  let server: ChildProcess | null = null;
  let port = 0;
  return {
    folder,
    async start() {
      const env = { ...process.env, PORT: "0", WEIR_CONFIG: "" };
      server = spawn("npm", ["start"], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"], detached: true });
      port = await portOf(server);
      return port;
    },
    async run(line, environment = {}) {
      const { stdout } = await run(
        "bash",
        ["-euo", "pipefail", "-c", line.replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`)],
        { cwd: folder, env: { ...process.env, PORT: "0", ...environment }, maxBuffer: 64 * 1024 * 1024 },
      );
      return stdout;
    },
    remove() {
      // npm's child would outlive npm.
      if (server?.pid !== undefined) process.kill(-server.pid, "SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function portOf(server: ChildProcess): Promise<number> {
  let printed = "";
  return new Promise((resolve, reject) => {
    server.stdout!.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(printed);
      if (found !== null) resolve(Number(found[1]));
    });
    server.once("exit", () => reject(new Error(`npm start ended: ${printed}`)));
  });
}
