import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { stringify } from "yaml";
import { z } from "zod";
import { askServer, type ServerFlags } from "./admin-client.ts";
import { ApiError } from "./errors.ts";

export interface ConfigCommandFlags extends ServerFlags {
  readonly json?: boolean;
}

export interface SetFlags extends ConfigCommandFlags {
  readonly note?: string;
  readonly dryRun?: boolean;
}

export interface RevisionsFlags extends ConfigCommandFlags {
  readonly limit?: string;
}

const Sections = z.array(
  z.looseObject({ section: z.string(), description: z.string(), reason: z.string().nullable() }),
);
const Shown = z.looseObject({ etag: z.string(), written_yaml: z.string().nullable(), effective: z.unknown() });
const Outcome = z.looseObject({ section: z.string(), restart: z.array(z.string()), revision: z.number().nullable() });
const Revisions = z.array(
  z.looseObject({
    revision: z.number(),
    at: z.string(),
    by: z.string(),
    section: z.string(),
    restorable: z.boolean(),
    note: z.string().nullable(),
  }),
);

/** `weir config show [section]`. */
export async function showConfig(
  section: string | undefined,
  flags: ConfigCommandFlags & { readonly effective?: boolean },
): Promise<void> {
  if (section === undefined) return listSections(flags);
  const answer = await askServer(flags, pathOf(section));
  if (flags.json === true) return print(JSON.stringify(answer, null, 2));
  const { written_yaml: written, effective } = Shown.parse(answer);
  if (flags.effective !== true && written !== null) return print(written.trimEnd());
  const lines = stringify({ [section]: effective }, { lineWidth: 0 }).trimEnd();
  // A comment in YAML: what is printed can be put back.
  print(flags.effective === true ? lines : `# weir.yaml does not have it; in effect is\n${lines}`);
}

async function listSections(flags: ConfigCommandFlags): Promise<void> {
  const answer = await askServer(flags, "/admin/settings/sections");
  if (flags.json === true) return print(JSON.stringify(answer, null, 2));
  for (const { section, description } of Sections.parse(answer)) print(`${section.padEnd(12)}${description}`);
}

/** `weir config set <section> <file>`. */
export async function setConfig(section: string, file: string, flags: SetFlags): Promise<void> {
  await edit("PUT", pathOf(section), { yaml: await readText(file) }, flags);
}

/** `weir config unset <section>`. */
export async function unsetConfig(section: string, flags: SetFlags): Promise<void> {
  await edit("PUT", pathOf(section), { value: null }, flags);
}

/** `weir config restore <revision>`. */
export async function restoreConfig(revision: string, flags: SetFlags): Promise<void> {
  await edit("POST", `/admin/settings/revisions/${encodeURIComponent(revision)}/restore`, {}, flags);
}

/** `weir config revisions [section]`. */
export async function listRevisions(section: string | undefined, flags: RevisionsFlags): Promise<void> {
  const query = new URLSearchParams({ limit: flags.limit ?? "20", ...(section === undefined ? {} : { section }) });
  const answer = await askServer(flags, `/admin/settings/revisions?${query}`);
  if (flags.json === true) return print(JSON.stringify(answer, null, 2));
  for (const { revision, at, section: name, by, note, restorable } of Revisions.parse(answer)) {
    const words = [...(note === null ? [] : [note]), ...(restorable ? [] : ["not restorable"])].join("; ");
    print(`${String(revision).padStart(6)}  ${at.slice(0, 16)}Z  ${name.padEnd(12)}${by}${words && `: ${words}`}`);
  }
}

/** For the file as it is now: whoever types a command means what is in effect. */
async function edit(method: string, path: string, change: object, flags: SetFlags): Promise<void> {
  const { file } = z
    .looseObject({ file: z.looseObject({ etag: z.string() }) })
    .parse(await askServer(flags, "/admin/settings"));
  const { note, dryRun } = flags;
  const body = { ...change, etag: file.etag, dry_run: dryRun === true, ...(note === undefined ? {} : { note }) };
  const answer = await askServer(flags, path, { method, body });
  if (flags.json === true) return print(JSON.stringify(answer, null, 2));
  const { section, revision, restart } = Outcome.parse(answer);
  if (dryRun === true) print(`${section}: nothing is wrong with it, and nothing was changed`);
  else print(revision === null ? `${section}: it is so already` : `${section}: in effect, revision ${revision}`);
  for (const one of restart) print(`${one} takes effect at the next start`);
}

function pathOf(section: string): string {
  return `/admin/settings/${encodeURIComponent(section)}`;
}

async function readText(file: string): Promise<string> {
  const bytes = file === "-" ? await buffer(process.stdin) : readFileSync(file);
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw new ApiError("invalid_utf8", `${file === "-" ? "what was read" : file} is not valid UTF-8`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
