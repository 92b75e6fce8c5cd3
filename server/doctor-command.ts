import { loadPolicies } from "../engine/index.ts";
import { type ConfigFlags, processEnvironment, readSettings } from "./config.ts";
import { loadBackends } from "./config-backends.ts";
import { examine, type Finding } from "./doctor.ts";
import { loadProviders } from "./service.ts";

export interface DoctorFlags extends ConfigFlags {
  readonly json?: boolean;
}

/** `weir doctor`: exit code 0 when nothing is at fault, 1 otherwise. */
export async function doctorCommand(flags: DoctorFlags): Promise<void> {
  const [policies, providers, backends] = await Promise.all([loadPolicies(), loadProviders(), loadBackends()]);
  const environment = processEnvironment();
  const findings = await examine({
    readSettings: () => readSettings(flags, environment, policies, providers, backends),
    clock: Date.now,
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
