import { readdir } from "node:fs/promises";
import { EngineError } from "./errors.ts";

/** A plug-in's file name must be its `name`, so that a config word leads to a file. */
export interface Named {
  readonly name: string;
}

/**
 * Loads every plug-in file of a folder: its default export, by name, in alphabetical order. Tests, conformance suites
 * and files that begin with `_` are left out. The build replaces a call `discover(new URL("./x/", import.meta.url))`
 * by `fromModules` over static imports of the same files, so a bundle needs no folder.
 *
 * @throws EngineError `plugin_invalid` when a default export is missing or its name is not the file's
 */
export async function discover<T extends Named>(folder: URL): Promise<ReadonlyMap<string, T>> {
  const files = (await readdir(folder)).filter(isPlugin).sort();
  return fromModules<T>(
    await Promise.all(
      files.map(async (file) => [file.slice(0, -3), await import(new URL(file, folder).href)] as const),
    ),
  );
}

/** Called by what the build makes of `discover`. @public */
export function fromModules<T extends Named>(
  modules: readonly (readonly [fileName: string, module: { default?: T }])[],
): ReadonlyMap<string, T> {
  return new Map(
    modules.map(([fileName, module]) => {
      if (module.default?.name !== fileName) {
        throw new EngineError("plugin_invalid", `the default export of ${fileName} must carry name "${fileName}"`);
      }
      return [fileName, module.default] as const;
    }),
  );
}

function isPlugin(file: string): boolean {
  return file.endsWith(".ts") && !file.includes(".test.") && !file.includes(".conformance.") && !file.startsWith("_");
}
