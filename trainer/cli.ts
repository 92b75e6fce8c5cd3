import { type Command, InvalidArgumentError, Option } from "commander";
import { registerEncoderCommands } from "./encoder/cli.ts";

/** `weir train`, `weir train default`, `weir train add-model`, `weir encoder ...`; the work is loaded when one runs. */
export function registerTrainerCommands(program: Command): void {
  // Positional: `weir train default --data x` gives the option to `default`, not to `train`.
  program.enablePositionalOptions();
  const train = program
    .command("train")
    .description("Learn a router from prompts with judged answers")
    .enablePositionalOptions();
  withTraining(train)
    .option("--sources <list>", "only these sources, comma-separated", listOf)
    .option("--models <list>", "only these models, comma-separated", listOf)
    .option("--name <name>", "name of the router", nameOf, "custom")
    .option("--strict", "refuse malformed rows instead of leaving them out")
    .action(async (options) => (await import("./commands/train.ts")).trainCommand(options));

  withTraining(train.command("default"))
    .description("Train the router that ships, on the sources whose licence allows it")
    .option("--sources <list>", "only these of them, comma-separated", listOf)
    .option("--name <name>", "name of the router", nameOf, "default")
    .action(async (_, command) => (await import("./commands/train-default.ts")).trainDefaultCommand(command.opts()));

  train
    .command("add-model")
    .description("Add a model to a router from 25 to 400 labels, without training again")
    .requiredOption("--artifact <folder>", "models/<name>/<version> to start from")
    .requiredOption("--model <model>", "model to add")
    .requiredOption("--like <model>", "trained model that it is most like")
    .requiredOption("--records <file>", "prompts with judged answers of the model")
    .option("--eligible", "let it be chosen although it was not shown to be good")
    .addOption(madeAt())
    .option("--json", "write JSON")
    .action(async (_, command) => (await import("./commands/add-model.ts")).addModelCommand(command.opts()));

  train
    .command("cascade")
    .description("Add plans that look at answers to a router, from recorded answers")
    .requiredOption("--artifact <folder>", "models/<name>/<version> to start from")
    .addOption(new Option("--data <path>", "folder of outcome data with answers").env("WEIR_DATA"))
    .option(
      "--records <file>",
      "records with answers, or the lessons of a server's own audits; 150 prompts are the least",
    )
    .option("--seed <number>", "seed", wholeOf, 1)
    .addOption(madeAt())
    .option("--json", "write JSON")
    .action(async (_, command) => (await import("./commands/train-cascade.ts")).trainCascadeCommand(command.opts()));

  registerEncoderCommands(program);
}

function withTraining(command: Command): Command {
  return command
    .addOption(new Option("--data <path>", "folder of outcome data, or a file of records").env("WEIR_DATA"))
    .addOption(
      new Option("--tier <tier>", "fast: no text encoder; full: with one").choices(["fast", "full"]).default("fast"),
    )
    .option("--estimator <name>", "estimator; auto chooses by validation AIQ/APGR and the number of rows", "auto")
    .option("--estimator-options <json>", "options of the estimator, as JSON", jsonOf)
    .option("--out <folder>", "folder of artifacts", "models")
    .option("--seed <number>", "seed", wholeOf, 1)
    .option("--embedder <name>", "kind of text encoder of the full tier", "use-lite")
    .option("--encoder <name>", "name or local path of the text encoder")
    .option("--cache <folder>", "keep text embeddings here between runs")
    .option("--force", "keep a router that does not beat its controls")
    .addOption(madeAt())
    .option("--json", "write JSON");
}

function madeAt(): Option {
  return new Option("--made-at <seconds>", "time of making that is written down, since 1970")
    .env("SOURCE_DATE_EPOCH")
    .argParser(secondsOf);
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function wholeOf(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("a whole number from 0 is needed");
  return Number(text);
}

function nameOf(text: string): string {
  if (!/^[\w-][\w.-]*$/.test(text)) throw new InvalidArgumentError("letters, digits, dots and dashes are allowed");
  return text;
}

function secondsOf(text: string): string {
  if (!/^\d{1,11}$/.test(text)) throw new InvalidArgumentError("whole seconds since 1970 are needed");
  return text;
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError("a JSON object is needed");
}
