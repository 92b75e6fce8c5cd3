import { type Command, InvalidArgumentError, Option } from "commander";
import type { RetrainFlags } from "./server/retrain/retrain-command.ts";

/** `weir retrain`: the one command that both reads what a server keeps and trains; neither side knows the other. */
export function registerRetrainCommand(program: Command): void {
  program
    .command("retrain")
    .description("Learn a route's router anew from its log, audits and feedback, and propose it when it is better")
    .option("--route <name>", "route of weir.yaml", "default")
    .option("--since <when>", "how far back to read: 30d, or a moment (retrain.since of the route)")
    .option("--seed <number>", "seed (retrain.seed of the route)", wholeOf)
    .option("--data <path>", "records to learn from beside the log: a file, or a folder of outcome data")
    .option("--config <file>", "configuration file (WEIR_CONFIG; default weir.yaml when it is there)")
    .option("--models <folder>", "folder of routers (WEIR_MODELS)")
    .option("--storage <url>", "e.g. sqlite:./data/weir.db (WEIR_STORAGE)")
    .option("--json", "the run as JSON")
    .addOption(new Option("--job", "a run that a server has begun, told on stdin").hideHelp())
    .action(async (flags: RetrainFlags) => {
      const { retrainCommand } = await import("./server/retrain/retrain-command.ts");
      const { learn } = await import("./trainer/retrain/learn.ts");
      await retrainCommand(flags, learn);
    });
}

function wholeOf(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("a whole number from 0 is needed");
  return Number(text);
}
