#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { registerBenchCommands } from "./bench/cli.ts";
import { registerCompletionCommand } from "./cli-completion.ts";
import { addExamples } from "./cli-examples.ts";
import { registerRetrainCommand } from "./cli-retrain.ts";
import { unknownCommand } from "./cli-unknown.ts";
import { registerDatasetsCommands } from "./datasets/cli.ts";
import { refuseTelemetry } from "./engine/environment.ts";
import { AppError } from "./engine/errors.ts";
import { packageVersion } from "./engine/package-root.ts";
import { registerServerCommands } from "./server/cli.ts";
import { registerConfigCommands } from "./server/config-cli.ts";
import { registerObserveCommands } from "./server/observe-cli.ts";
import { registerProofCommands } from "./server/proof-cli.ts";
import { registerTrainerCommands } from "./trainer/cli.ts";

// Training loads onnxruntime by itself, after this.
refuseTelemetry();

const program = new Command("weir")
  .description("An LLM gateway whose heart is a learned router")
  .version(packageVersion(), "-V, --version")
  .exitOverride()
  .showHelpAfterError();

registerServerCommands(program);
registerConfigCommands(program);
registerObserveCommands(program);
registerProofCommands(program);
registerDatasetsCommands(program);
registerTrainerCommands(program);
registerRetrainCommand(program);
registerBenchCommands(program);
registerCompletionCommand(program);
addExamples(program);

try {
  const unknown = unknownCommand(program, process.argv.slice(2));
  if (unknown !== null) program.error(`error: ${unknown}`);
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints what a person can act on and returns the exit code: 0 done, 1 failed, 2 misused. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof AppError) {
    const place = error.place === null ? "" : ` (${error.place})`;
    process.stderr.write(`weir: ${error.message}${place} [${error.code}]\n`);
    return 2;
  }
  if (isFileError(error)) {
    process.stderr.write(`weir: ${error.message}\n`);
    return 2;
  }
  process.stderr.write(`weir: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

/** What the file system says of a path somebody gave: a place to look at, not a fault of ours. */
function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "path" in error && "code" in error;
}
