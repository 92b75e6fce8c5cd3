import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApiError } from "./errors.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const POINTER = "current";
const KEPT_PROMOTIONS = 20;
const byVersion = new Intl.Collator("en", { numeric: true }).compare;

export interface RouterVersion {
  readonly version: string;
  readonly tier: string | null;
  readonly createdAt: string | null;
  readonly isCurrent: boolean;
}

export interface RouterFamily {
  readonly name: string;
  /** Version that is served; null when there is none. */
  readonly current: string | null;
  /** false: nothing was ever promoted, so the newest version is served. */
  readonly isPromoted: boolean;
  /** What a rollback would lead to; null when there is nothing to go back to. */
  readonly previous: string | null;
  /** Newest last. */
  readonly versions: readonly RouterVersion[];
}

export interface Promotion {
  readonly name: string;
  readonly from: string | null;
  readonly to: string;
}

/**
 * Router artifacts of a folder: `<name>/<version>/manifest.json`, and `<name>/current`, a text file whose first line is
 * the promoted version and whose further lines are those promoted before it, latest first.
 */
export interface RouterStore {
  readonly folder: string;
  list(): readonly RouterFamily[];
  /** @throws ApiError `unknown_router` */
  show(name: string): RouterFamily;
  /** Folder of a version, by default the served one. @throws ApiError `unknown_router` */
  folderOf(name: string, version?: string): string;
  /** Switches in one rename, so a reader sees the old version or the new one and nothing between. */
  promote(name: string, version: string): Promotion;
  rollback(name: string): Promotion;
}

export function openRouterStore(folder: string): RouterStore {
  function versionsIn(name: string): string[] {
    return foldersIn(join(folder, name))
      .filter((version) => NAME.test(version) && isRouter(join(folder, name, version, "manifest.json")))
      .sort(byVersion);
  }

  function familyOf(name: string): RouterFamily {
    const versions = versionsIn(name);
    const promoted = promotions(name).filter((version) => versions.includes(version));
    const current = promoted[0] ?? versions.at(-1) ?? null;
    const before = current === null ? -1 : versions.indexOf(current) - 1;
    return {
      name,
      current,
      isPromoted: promoted.length > 0,
      previous: promoted[1] ?? (before >= 0 ? (versions[before] ?? null) : null),
      versions: versions.map((version) => ({
        version,
        ...manifestFacts(join(folder, name, version, "manifest.json")),
        isCurrent: version === current,
      })),
    };
  }

  function promotions(name: string): string[] {
    return (readIfThere(join(folder, name, POINTER)) ?? "").split("\n").filter((line) => NAME.test(line));
  }

  function show(name: string): RouterFamily {
    const family = NAME.test(name) ? familyOf(name) : null;
    if (family === null || family.versions.length === 0) {
      const known = foldersIn(folder).filter((other) => versionsIn(other).length > 0);
      const message = `there is no router "${name}" in ${folder} (known: ${known.join(", ") || "none"})`;
      throw new ApiError("unknown_router", message, { place: "router.name" });
    }
    return family;
  }

  function point(family: RouterFamily, history: readonly string[]): Promotion {
    const [to] = history;
    const path = join(folder, family.name, POINTER);
    const draft = `${path}.${process.pid}.tmp`;
    try {
      mkdirSync(join(folder, family.name), { recursive: true });
      writeFileSync(draft, `${history.slice(0, KEPT_PROMOTIONS).join("\n")}\n`);
      renameSync(draft, path);
    } catch (cause) {
      rmSync(draft, { force: true });
      const message = `${path} cannot be written (${(cause as Error).message}); set router.models to a folder of your own`;
      throw new ApiError("models_read_only", message, { cause });
    }
    return { name: family.name, from: family.current, to: to! };
  }

  return {
    folder,
    list: () =>
      foldersIn(folder)
        .map(familyOf)
        .filter(({ versions }) => versions.length > 0),
    show,
    folderOf(name, version) {
      const family = show(name);
      const wanted = version ?? family.current;
      if (!family.versions.some((known) => known.version === wanted)) throw unknownVersion(family, wanted);
      return join(folder, name, wanted!);
    },
    promote(name, version) {
      const family = show(name);
      if (!family.versions.some((known) => known.version === version)) throw unknownVersion(family, version);
      if (family.isPromoted && family.current === version) return { name, from: version, to: version };
      const history = family.isPromoted || family.current === null ? promotions(name) : [family.current];
      return point(family, [version, ...history.filter((_, i) => i > 0 || history[0] !== version)]);
    },
    rollback(name) {
      const family = show(name);
      if (family.previous === null) {
        throw new ApiError("unknown_router", `router "${name}" has no earlier version to go back to`, {
          place: "name",
        });
      }
      const earlier = promotions(name).slice(1);
      return point(family, earlier.length > 0 ? earlier : [family.previous]);
    },
  };
}

function unknownVersion({ name, versions }: RouterFamily, wanted: string | null): ApiError {
  const known = versions.map(({ version }) => version).join(", ");
  return new ApiError("unknown_router", `router "${name}" has no version "${wanted}" (known: ${known})`, {
    place: "version",
  });
}

function manifestFacts(path: string): { tier: string | null; createdAt: string | null } {
  const { tier, createdAt } = manifestIn(path);
  return { tier: textOrNull(tier), createdAt: textOrNull(createdAt) };
}

/** The text encoders that routers read with lie beside them, in a form of their own. A manifest that cannot be read may be a router's. */
function isRouter(path: string): boolean {
  return isFile(path) && textOrNull(manifestIn(path)["embedder"]) === null;
}

function manifestIn(path: string): Readonly<Record<string, unknown>> {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof manifest === "object" && manifest !== null ? (manifest as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function readIfThere(path: string): string | null {
  return isFile(path) ? readFileSync(path, "utf8") : null;
}
