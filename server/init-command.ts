import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { discover } from "../engine/discover.ts";
import { loadPolicies } from "../engine/index.ts";
import { ConfigError, processEnvironment, settingsFrom } from "./config.ts";
import { ApiError, type Problem } from "./errors.ts";
import { reasonOf } from "./file-fault.ts";
import type { ConfigImporter } from "./init/config-importer.ts";
import type { ConfigDraft } from "./init/draft.ts";
import { draftFromEnvironment } from "./init/from-environment.ts";
import { renderDraft } from "./init/render-draft.ts";
import { loadProviders } from "./service.ts";

export interface InitFlags {
  readonly from?: string;
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/**
 * `weir init`: writes weir.yaml from the keys that the environment holds, or from another gateway's configuration.
 *
 * @throws ApiError `config_invalid`, also when the file is there already
 */
export async function initCommand(source: string | undefined, flags: InitFlags): Promise<void> {
  const draft =
    flags.from === undefined ? draftFromEnvironment(processEnvironment()) : await imported(flags.from, source);
  if (Object.keys(draft.sections).length === 0) {
    const [first] = draft.notes;
    throw new ApiError(
      "config_invalid",
      `${first?.message ?? "nothing to write"}; without a file \`weir serve\` runs the demo`,
    );
  }
  const text = renderDraft(draft);
  const problems = await problemsIn(text);
  if (flags.out === "-") process.stdout.write(text);
  else writeNew(flags.out, text, flags.force === true);
  if (flags.json === true && flags.out !== "-") {
    process.stdout.write(`${JSON.stringify({ file: flags.out, notes: draft.notes, problems }, null, 2)}\n`);
    return;
  }
  const told = [
    ...draft.notes.map(({ place, message }) => `look  ${place}: ${message}`),
    ...problems.map(({ path, message }) => `mend  ${path}: ${message}`),
  ];
  if (told.length > 0) process.stderr.write(`${told.join("\n")}\n`);
  if (flags.out !== "-") process.stdout.write(`wrote ${flags.out}; \`weir doctor --config ${flags.out}\` checks it\n`);
}

async function imported(from: string, source: string | undefined): Promise<ConfigDraft> {
  const importers = await discover<ConfigImporter>(new URL("./init/importers/", import.meta.url));
  const importer = importers.get(from);
  if (importer === undefined) {
    const known = [...importers.keys()].join(", ");
    throw new ApiError("config_invalid", `"${from}" is no configuration that can be read (known: ${known})`, {
      place: "--from",
    });
  }
  if (source === undefined) {
    throw new ApiError("config_invalid", `the file is missing: weir init --from ${from} <file>`, { place: "file" });
  }
  return importer.draft(readText(source));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new ApiError("config_invalid", `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** What our own check says of it; variables that are not set here are no fault of the file. */
async function problemsIn(text: string): Promise<readonly Problem[]> {
  const [policies, providers] = await Promise.all([loadPolicies(), loadProviders()]);
  const names = text.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)/g);
  const environment = Object.fromEntries([...names].map(([, name]) => [name!, "https://variable.invalid"]));
  try {
    settingsFrom(text, null, {}, environment, policies, providers);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** @throws ApiError when there is such a file and it may not be replaced */
function writeNew(path: string, text: string, mayReplace: boolean): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    if (mayReplace) renameSync(temporary, path);
    else writeFileSync(path, text, { flag: "wx" });
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === "EEXIST";
    const why = exists ? "is there already; --force replaces it" : `cannot be written: ${(cause as Error).message}`;
    throw new ApiError("config_invalid", `${path} ${why}`, { place: "--out", cause });
  } finally {
    rmSync(temporary, { force: true });
  }
}
