import { importers } from "../importer.ts";
import { SOURCES } from "../sources.ts";
import { plainTable } from "../stats/tables.ts";
import { printJson } from "./input-options.ts";

export async function listCommand(options: { json?: boolean }): Promise<void> {
  const known = [...(await importers()).values()].map(({ name, title, takes, mappable }) => ({
    name,
    title,
    takes,
    mappable,
  }));
  if (options.json) {
    const sources = SOURCES.map(({ files, ...source }) => ({ ...source, files: files.length }));
    return printJson({ importers: known, sources });
  }
  const importerTable = plainTable(["importer", "reads", "--in"]);
  for (const { name, title, takes } of known) importerTable.push([name, title, takes]);
  const sourceTable = plainTable([
    "public source",
    "repository at commit",
    "licence",
    "weights may ship",
    "files",
    "importer",
  ]);
  for (const { name, repository, commit, licence, weights, files, importer } of SOURCES) {
    const ship = `${weights.mayShip ? "yes" : "no"}: ${weights.because}`;
    sourceTable.push([
      name,
      `${repository} ${commit.slice(0, 10)}`,
      licence,
      ship,
      files.length || "-",
      importer ?? "-",
    ]);
  }
  process.stdout.write(`${importerTable.toString()}\n\n${sourceTable.toString()}\n`);
}
