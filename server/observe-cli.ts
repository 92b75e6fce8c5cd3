import type { Command } from "commander";
import type { LabelFlags, ObserveFlags } from "./observe-command.ts";

/** `weir observe`: of the server that runs. */
export function registerObserveCommands(program: Command): void {
  const observe = withServer(program.command("observe"))
    .description("What routing would have saved, and at what quality, by the audits so far")
    .option("--observation <id>", "one that ended; by default the one that runs")
    .option("--json", "the answer of GET /admin/observation")
    .action(async (flags: ObserveFlags) => (await import("./observe-command.ts")).observeCommand(flags));
  withServer(observe.command("label"))
    .description("List audits that wait for a label by people, or take labels from a file")
    .option("--out <file>", "write the list, JSON lines")
    .option("--file <file>", 'labels, JSON lines with "request" and "better": "a", "b" or "tie"')
    .action(async (_: LabelFlags, command: Command) =>
      (await import("./observe-command.ts")).labelCommand(command.optsWithGlobals()),
    );
  withServer(observe.command("restart"))
    .description("Begin the observation anew; the one that ran is kept")
    .option("--json", "as JSON")
    .action(async (_: ObserveFlags, command: Command) =>
      (await import("./observe-command.ts")).restartObservation(command.optsWithGlobals()),
    );
}

function withServer(command: Command): Command {
  return command
    .option("--route <name>", "route of weir.yaml", "default")
    .option("--url <url>", "of the server; by default where the configuration lets it listen")
    .option("--config <file>", "configuration file (WEIR_CONFIG; default weir.yaml when it is there)");
}
