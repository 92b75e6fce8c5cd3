import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { openArtifact, readManifest } from "../engine/artifact.ts";
import { type ConfigFlags, processEnvironment, readSettings } from "./config.ts";
import { modelsFolder } from "./router-service.ts";
import { openRouterStore, type Promotion, type RouterStore } from "./router-store.ts";

export interface RoutersFlags extends ConfigFlags {
  readonly json?: boolean;
}

export async function listRouters(flags: RoutersFlags): Promise<void> {
  const store = openStore(flags);
  const families = store.list();
  if (flags.json === true) return print({ folder: store.folder, routers: families });
  if (families.length === 0) return void process.stdout.write(`no router in ${store.folder}\n`);
  const { terminalTable } = await import("../engine/terminal-table.ts");
  const rows = families.flatMap(({ name, versions, isPromoted }) =>
    versions.map(({ version, tier, createdAt, isCurrent }) => {
      const serves = isCurrent ? (isPromoted ? "promoted" : "newest") : "";
      return [name, version, tier ?? "-", createdAt ?? "-", serves];
    }),
  );
  process.stdout.write(`${terminalTable(["router", "version", "tier", "made", "serves"], rows)}\n`);
}

export async function showRouter(name: string, version: string | undefined, flags: RoutersFlags): Promise<void> {
  const store = openStore(flags);
  const folder = store.folderOf(name, version);
  const manifest = await readManifest(pathToFileURL(`${folder}/`));
  if (flags.json === true) return print(manifest);
  const { terminalTable } = await import("../engine/terminal-table.ts");
  const facts = [
    ["router", `${manifest.name} ${manifest.version}, tier ${manifest.tier}`],
    ["folder", folder],
    ["made", manifest.createdAt],
    ["estimator", manifest.lineage.estimator],
    ["seed, commit", `${manifest.lineage.seed}, ${manifest.lineage.commit || "-"}`],
    ["features", featuresOf(manifest.features)],
    ["tasks", manifest.tasks.join(", ") || "-"],
    ["data", manifest.lineage.data.map(({ source, prompts }) => `${source} (${prompts} prompts)`).join(", ") || "-"],
  ];
  const models = manifest.models.map(({ model, trainLabels, meanQuality, calibration, eligible }) => {
    return [model, trainLabels, meanQuality.toFixed(3), calibration.kind, eligible ? "yes" : "no"];
  });
  const head = ["trained model", "labels", "mean quality", "calibration", "eligible"];
  process.stdout.write(`${terminalTable(null, facts)}\n${terminalTable(head, models)}\n`);
}

/** Opens the version before pointing to it, so that a broken one is never served. */
export async function promoteRouter(name: string, version: string, flags: RoutersFlags): Promise<void> {
  const store = openStore(flags);
  await checkOpens(store.folderOf(name, version));
  tell(store.promote(name, version), flags);
}

export async function rollbackRouter(name: string, flags: RoutersFlags): Promise<void> {
  const store = openStore(flags);
  const { previous } = store.show(name);
  if (previous !== null) await checkOpens(store.folderOf(name, previous));
  tell(store.rollback(name), flags);
}

/** The folder alone is needed, so a configuration with other faults does not stand in the way of `--models`. */
function openStore(flags: RoutersFlags): RouterStore {
  if (flags.models !== undefined) return openRouterStore(resolve(flags.models));
  return openRouterStore(modelsFolder(readSettings(flags, processEnvironment())));
}

async function checkOpens(folder: string): Promise<void> {
  await (await openArtifact(pathToFileURL(`${folder}/`))).close();
}

function tell({ name, from, to }: Promotion, { json }: RoutersFlags): void {
  if (json === true) print({ name, from, to });
  else
    process.stdout.write(from === to ? `${name} serves ${to} already\n` : `${name} serves ${to} now (was ${from})\n`);
  if (from === to || from === null) return;
  process.stderr.write(`certificates issued for ${from} are void while ${to} serves: certify anew, or go back\n`);
}

function featuresOf(features: Awaited<ReturnType<typeof readManifest>>["features"]): string {
  const parts = [`${features.count} cheap features`];
  if (features.ngrams !== null) parts.push(`n-grams in ${features.ngrams.buckets} buckets`);
  if (features.encoder !== null) parts.push(`text encoder ${features.encoder.name}`);
  return parts.join(", ");
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
