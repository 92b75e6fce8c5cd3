import type { Command } from "commander";
import type { ConfigCommandFlags, RevisionsFlags, SetFlags } from "./config-command.ts";

/** `weir config`: the weir.yaml of the server that runs. */
export function registerConfigCommands(program: Command): void {
  const config = program.command("config").description("Show and change weir.yaml through the server that runs");
  withServer(config.command("show [section]"))
    .description("A section as it is written; without a name what sections there are")
    .option("--effective", "with defaults, environment and flags instead")
    .action(async (section: string | undefined, flags: ConfigCommandFlags & { effective?: boolean }) =>
      (await import("./config-command.ts")).showConfig(section, flags),
    );
  withEdit(config.command("set <section> <file>"))
    .description('Put a section into effect, from a file in YAML or JSON; "-" reads it from stdin')
    .action(async (section: string, file: string, flags: SetFlags) =>
      (await import("./config-command.ts")).setConfig(section, file, flags),
    );
  withEdit(config.command("unset <section>"))
    .description("Take a section out of weir.yaml, so that the defaults hold")
    .action(async (section: string, flags: SetFlags) =>
      (await import("./config-command.ts")).unsetConfig(section, flags),
    );
  withServer(config.command("revisions [section]"))
    .description("What was changed here or on the page, newest first")
    .option("--limit <rows>", "revisions that are shown", "20")
    .action(async (section: string | undefined, flags: RevisionsFlags) =>
      (await import("./config-command.ts")).listRevisions(section, flags),
    );
  withEdit(config.command("restore <revision>"))
    .description("Put a section back as it was before a revision")
    .action(async (revision: string, flags: SetFlags) =>
      (await import("./config-command.ts")).restoreConfig(revision, flags),
    );
}

function withServer(command: Command): Command {
  return command
    .option("--url <url>", "of the server; by default where the configuration lets it listen")
    .option("--config <file>", "configuration file (WEIR_CONFIG; default weir.yaml when it is there)")
    .option("--json", "the server's answer");
}

function withEdit(command: Command): Command {
  return withServer(command)
    .option("--note <text>", "why, kept with the revision")
    .option("--dry-run", "check everything and change nothing");
}
