import { downloadSource } from "../download/download-source.ts";
import { DatasetError, exitCodeOf } from "../errors.ts";
import { createProgress } from "../progress.ts";
import { SOURCES, sourceNamed } from "../sources.ts";
import { count } from "../stats/tables.ts";
import { printJson } from "./input-options.ts";

export async function downloadCommand(
  name: string,
  options: { to: string; base?: string; json?: boolean },
): Promise<void> {
  const source = sourceNamed(name);
  if (source === undefined) {
    const names = SOURCES.filter(({ files }) => files.length > 0).map((known) => known.name);
    throw new DatasetError("source_unknown", `no public source "${name}"; there are ${names.join(", ")}`);
  }
  const { repository, commit, licence, weights } = source;
  process.stderr.write(
    `${name}: github.com/${repository} at ${commit}\nlicence: ${licence}; weights ${weights.mayShip ? "may" : "may not"} be shipped (${weights.because})\n`,
  );
  const bar = await createProgress("fetching");
  try {
    const record = await downloadSource(
      source,
      { folder: options.to, base: options.base, onProgress: bar.update },
      { fetch, clock: () => new Date() },
    );
    bar.stop();
    const unpublished = record.files.filter(({ checked }) => checked === "recorded").length;
    if (options.json) return printJson(record);
    const bytes = record.files.reduce((sum, file) => sum + file.bytes, 0);
    process.stdout.write(`${options.to}: ${record.files.length} files, ${count(bytes)} bytes\n`);
    if (unpublished > 0) {
      process.stdout.write(
        `No checksum is published for ${unpublished} of them; what came is recorded in download.json and must be the same next time.\n`,
      );
    }
    process.stdout.write(`next: weir datasets import ${source.importer} --in ${options.to} --out ${name}.jsonl.gz\n`);
  } catch (error) {
    bar.stop();
    // The world failed, not the caller: exit code 1 and not the 2 of misuse.
    if (!(error instanceof DatasetError) || exitCodeOf(error) === 2) throw error;
    process.stderr.write(`weir: ${error.message} [${error.code}]\n`);
    process.exitCode = 1;
  }
}
