import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const ENTRY = fileURLToPath(new URL("./serve-process.ts", import.meta.url));

/** `weir serve` as a process of its own. */
export interface SpawnedServer {
  readonly address: string;
  /** Ends it, as its supervisor would or as a crash does. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** @throws with the process's output when it does not come up */
export async function spawnServer(
  files: { readonly config: string; readonly models: string; readonly storage: string },
  environment: Readonly<Record<string, string>> = {},
): Promise<SpawnedServer> {
  let output = "";
  const child: ChildProcess = fork(ENTRY, [files.config, files.models, files.storage], {
    execArgv: ["--import", "tsx"],
    env: { PATH: process.env.PATH, TMPDIR: tmpdir(), ...environment },
    silent: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
    });
  }
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`the server ended with ${code}: ${output}`);
  });
  const [address] = await Promise.race([once(child, "message"), failed]);
  failed.catch(() => {});
  return {
    address: String(address),
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
    },
  };
}
