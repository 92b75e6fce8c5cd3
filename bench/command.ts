import path from "node:path";
import { fileURLToPath } from "node:url";
import { refuseUnwritable, writeAtomically } from "../datasets/write-atomically.ts";
import { packageRoot } from "../engine/package-root.ts";
import type { BenchFlags } from "./cli.ts";
import { BenchError } from "./errors.ts";
import { printBench, printStudy } from "./report/console.ts";
import type { BenchReport, StudyReport } from "./result.ts";
import { routerOptions } from "./router-options.ts";
import { loadStudies, runStudy } from "./run-study.ts";

/** Runs what the flags ask for; results on stdout, progress on stderr. */
export async function benchCommand(flags: BenchFlags): Promise<void> {
  for (const file of [flags.json, flags.html]) if (typeof file === "string") await refuseUnwritable(file);
  if (flags.study !== undefined) await studies(flags, flags.study);
  else await bench(flags);
}

async function studies(flags: BenchFlags, names: readonly string[]): Promise<void> {
  const known = await loadStudies();
  if (names.includes("list")) {
    for (const { name, summary } of known.values()) process.stdout.write(`${name.padEnd(22)} ${summary}\n`);
    return;
  }
  const wanted = names.includes("all") ? [...known.keys()] : names;
  const unknown = wanted.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new BenchError("unknown_study", `no study "${unknown}"; there are ${[...known.keys()].join(", ")}`, {
      place: "--study",
    });
  }
  const reports: StudyReport[] = [];
  for (const name of wanted) {
    const report = await runStudy({
      name,
      data: dataOf(flags),
      artifact: flags.router ?? null,
      router: await routerOptions(flags),
      routerOn: (tier) => routerOptions({ ...flags, tier }),
      seeds: Array.from({ length: flags.splits }, (_, seed) => seed),
      resamples: flags.resamples,
      maxRows: flags.maxRows ?? null,
      cacheFolder: flags.cache ?? null,
      command: commandLine(),
      nowMs: Date.now,
      log,
    });
    if (flags.json !== true) process.stdout.write(`${printStudy(report)}\n\n`);
    if (flags.save !== undefined) await save(flags, report, report.study);
    reports.push(report);
  }
  await output(flags, reports, async () => (await import("./report/html.ts")).studyPage(reports));
}

async function bench(flags: BenchFlags): Promise<void> {
  const { runBench } = await import("./run-bench.ts");
  const reports = await runBench({
    data: dataOf(flags),
    sources: flags.source ?? null,
    models: flags.models ?? null,
    policies: flags.policies ?? null,
    baselines: flags.baselines ?? null,
    pair: pairOf(flags.pair),
    artifact: flags.router ?? null,
    router: await routerOptions(flags),
    split: flags.split,
    qualityTarget: flags.quality,
    resamples: flags.resamples,
    cacheFolder: flags.cache ?? null,
    nowMs: Date.now,
    log,
  });
  for (const report of reports) {
    if (flags.json !== true) process.stdout.write(`${printBench(report)}\n\n`);
    if (flags.save !== undefined) await save(flags, report, report.data.source);
  }
  await output(flags, reports, async () => (await import("./report/html.ts")).benchPage(reports));
}

/** One report is written as it is, several as a list. */
async function output(
  flags: BenchFlags,
  reports: readonly (BenchReport | StudyReport)[],
  page: () => Promise<string>,
): Promise<void> {
  const json = `${JSON.stringify(reports.length === 1 ? reports[0] : { reports }, null, 2)}\n`;
  if (flags.json === true) process.stdout.write(json);
  else if (flags.json !== undefined) await writeAtomically(flags.json, [json], { force: true });
  if (flags.html !== undefined) await writeAtomically(flags.html, [await page()], { force: true });
}

async function save(flags: BenchFlags, report: BenchReport | StudyReport, name: string): Promise<void> {
  const folder = typeof flags.save === "string" ? flags.save : fileURLToPath(new URL("bench/results/", packageRoot));
  const file = path.join(folder, `${report.at.slice(0, 10)}-${name}.json`);
  await writeAtomically(file, [`${JSON.stringify(report, null, 1)}\n`], { force: true });
  log(`kept in ${file}`);
}

function dataOf({ data }: BenchFlags): string {
  if (data === undefined) {
    throw new BenchError("no_data", "no outcomes to measure on: give --data <folder or file> or set WEIR_DATA", {
      place: "--data",
    });
  }
  return data;
}

function pairOf(pair: readonly string[] | undefined): { weak: string; strong: string } | null {
  if (pair === undefined) return null;
  const [weak, strong] = pair;
  if (weak === undefined || strong === undefined || pair.length !== 2) {
    throw new BenchError("bad_option", "--pair takes two names: the weak model and the strong one", {
      place: "--pair",
    });
  }
  return { weak, strong };
}

function commandLine(): string {
  return `weir ${process.argv
    .slice(2)
    .map((word) => (word.includes(" ") ? JSON.stringify(word) : word))
    .join(" ")}`;
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}
