import { terminalTable } from "../../engine/terminal-table.ts";
import { importers } from "../importer.ts";
import { SOURCES } from "../sources.ts";
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
  const importerRows = known.map(({ name, title, takes }) => [name, title, takes]);
  const sourceRows = SOURCES.map(({ name, repository, commit, licence, weights, files, importer }) => {
    const ship = `${weights.mayShip ? "yes" : "no"}: ${weights.because}`;
    return [name, `${repository} ${commit.slice(0, 10)}`, licence, ship, files.length || "-", importer ?? "-"];
  });
  const sourceHead = ["public source", "repository at commit", "licence", "weights may ship", "files", "importer"];
  const importerTable = terminalTable(["importer", "reads", "--in"], importerRows);
  process.stdout.write(`${importerTable}\n\n${terminalTable(sourceHead, sourceRows)}\n`);
}
