import { statfsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { loadPolicies } from "../engine/index.ts";
import { type ConfigFlags, processEnvironment, readSettings } from "./config.ts";
import { loadBackends } from "./config-backends.ts";
import { examine } from "./doctor.ts";
import type { Finding } from "./finding.ts";
import { loadProviders } from "./service.ts";

export interface DoctorFlags extends ConfigFlags {
  readonly online?: boolean;
  readonly json?: boolean;
}

/** `weir doctor`: exit code 0 when nothing is at fault, 1 otherwise. */
export async function doctorCommand(flags: DoctorFlags): Promise<void> {
  const [policies, providers, backends] = await Promise.all([loadPolicies(), loadProviders(), loadBackends()]);
  const environment = processEnvironment();
  const findings = await examine({
    readSettings: () => readSettings(flags, environment, policies, providers, backends),
    clock: Date.now,
    listenFault,
    freeBytes,
    online: flags.online === true ? { providers, fetch, clock: Date.now } : null,
  });
  const isSound = findings.every(({ level }) => level !== "fault");
  const text =
    flags.json === true ? JSON.stringify({ sound: isSound, findings }, null, 2) : findings.map(line).join("\n");
  process.stdout.write(`${text}\n`);
  if (!isSound) process.exitCode = 1;
}

function line({ part, level, message, mend }: Finding): string {
  const first = `${level.padEnd(6)}${part.padEnd(9)}${message}`;
  return mend === null ? first : `${first}\n${" ".repeat(15)}-> ${mend}`;
}

/** Why nobody can listen there, found out by listening for a moment. */
export function listenFault(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port }, () => server.close(() => resolve(null)));
  });
}

/** Of the nearest folder above that exists. */
function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    const above = dirname(folder);
    return above === folder ? null : freeBytes(above);
  }
}
