import { type Command, InvalidArgumentError, Option } from "commander";

const shareOf = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError("a number from 0 to 1 is needed");
  return value;
};
const wholeOf = (text: string): number => {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("a whole number from 0 is needed");
  return Number(text);
};
const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** `weir datasets ...`; the work is loaded when a command runs, so that help is fast. */
export function registerDatasetsCommands(program: Command): void {
  const datasets = program
    .command("datasets")
    .description("Prompts with judged answers: import, split, describe, fetch");

  datasets
    .command("list")
    .description("List importers and public sources")
    .option("--json", "write JSON")
    .action(async (options) => (await import("./commands/list.ts")).listCommand(options));

  withInput(datasets.command("import"))
    .argument("[importer]", "importer; found by the looks of the input when absent")
    .description("Turn a data set or a log into quality records")
    .requiredOption("--out <file>", "JSON lines to write, gzipped when it ends in .gz")
    .option("--source <name>", "name to give to the data")
    .addOption(
      new Option("--quality-source <who>", "who judged, where the input does not say").choices([
        "exact",
        "judge",
        "human",
        "user",
      ]),
    )
    .option("--force", "replace the file that is there")
    .action(async (importer, options) => (await import("./commands/import.ts")).importCommand(importer, options));

  withInput(datasets.command("split"))
    .description("Write records with a train, calibration or test split that nothing leaks across")
    .requiredOption("--out <file>", "JSON lines to write, gzipped when it ends in .gz")
    .option("--format <importer>", "importer; found by the looks of the input when absent")
    .option("--seed <number>", "seed", wholeOf, 1)
    .option("--train <share>", "share of train", shareOf, 0.6)
    .option("--calibration <share>", "share of calibration", shareOf, 0.2)
    .option("--test <share>", "share of test", shareOf, 0.2)
    .option("--keep-given", "keep the split that the data came with; calibration is carved out of its train")
    .addOption(
      new Option(
        "--on-leak <what>",
        "near duplicates on two sides: default refuse with --keep-given, else regroup",
      ).choices(["refuse", "regroup", "drop"]),
    )
    .option("--threshold <share>", "share of common three-word runs that makes a near duplicate", shareOf, 0.8)
    .option("--force", "replace the file that is there")
    .action(async (options) => (await import("./commands/split.ts")).splitCommand(options));

  withInput(datasets.command("stats"))
    .description("Describe quality, cost, tasks, coverage and the oracle")
    .option("--format <importer>", "importer; found by the looks of the input when absent")
    .option("--models <list>", "only these models, comma-separated", listOf)
    .option("--picture <file>", "also draw an .html page or, for one source, an .svg")
    .option("--duplicates", "also look for exact and near duplicates")
    .option("--threshold <share>", "share of common three-word runs that makes a near duplicate", shareOf, 0.8)
    .option("--force", "replace the picture that is there")
    .action(async (options) => (await import("./commands/stats.ts")).statsCommand(options));

  datasets
    .command("download")
    .argument("<source>", "a public source of `weir datasets list`")
    .description("Fetch a public source at its pinned commit")
    .requiredOption("--to <folder>", "folder to lay it out in")
    .option("--base <url>", "mirror of raw.githubusercontent.com")
    .option("--json", "write JSON")
    .action(async (source, options) => (await import("./commands/download.ts")).downloadCommand(source, options));
}

function withInput(command: Command): Command {
  return command
    .requiredOption("--in <path>", "file or folder to read")
    .option("--map <pairs>", "field=column,..., for tables with other names")
    .option("--sources <list>", "only these sources, comma-separated", listOf)
    .option("--strict", "refuse the input at its first malformed row")
    .option("--json", "write JSON");
}
