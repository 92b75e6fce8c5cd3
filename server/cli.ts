import type { Command } from "commander";
import type { CacheFlags } from "./cache-command.ts";
import type { ConfigFlags } from "./config.ts";
import type { DemoFlags } from "./demo-command.ts";
import type { DoctorFlags } from "./doctor-command.ts";
import type { InitFlags } from "./init-command.ts";
import type { CreateFlags, KeysFlags } from "./keys-command.ts";
import type { ReportFlags } from "./report-command.ts";
import type { RouteFlags } from "./route-command.ts";
import type { RoutersFlags } from "./routers-command.ts";

/** `weir serve`, `report`, `route`, `routers`, `keys`, `doctor`. Everything heavy is loaded by the command that needs it. */
export function registerServerCommands(program: Command): void {
  withConfig(program.command("serve"))
    .description("Start the server; without a weir.yaml in demo mode, with simulated upstreams")
    .option("--host <host>", "address to listen on (HOST; default 127.0.0.1)")
    .option("--port <port>", "port to listen on (PORT; default 8080)")
    .option("--storage <url>", "e.g. sqlite:./data/weir.db (WEIR_STORAGE)")
    .option("--log-level <level>", "fatal, error, warn, info, debug, trace or silent (WEIR_LOG_LEVEL)")
    .action(async (flags: ConfigFlags) => {
      const { serveCommand } = await import("./serve-command.ts");
      await serveCommand(flags);
    });

  withConfig(program.command("route <prompt>"))
    .description('Decide which model should answer a prompt, in this process; "-" reads the prompt from stdin')
    .option("--route <name>", "route of weir.yaml", "default")
    .option("--quality <floor>", "floor on the lower bound of quality, 0 to 1")
    .option("--max-cost-usd <usd>", "most that the request may be expected to cost")
    .option("--candidates <ids>", "only these, separated by commas")
    .option("--policy <name>", "instead of the route's own policy")
    .option("--max-output-tokens <tokens>", "requested limit of the answer")
    .option("--system <text>", "system prompt")
    .option("--metadata <name=value...>", "fields that rules look at")
    .option("--explain", "show every candidate, and why it was left out")
    .option("--json", "the answer of POST /route")
    .action(async (prompt: string, flags: RouteFlags) => {
      const { routeCommand } = await import("./route-command.ts");
      await routeCommand(prompt, flags);
    });

  const routers = program.command("routers").description("Trained routers: list, show, promote, roll back");
  withRouters(routers.command("list"))
    .description("Routers, their versions and which one serves")
    .action(async (flags: RoutersFlags) => (await import("./routers-command.ts")).listRouters(flags));
  withRouters(routers.command("show <name> [version]"))
    .description("What a router was trained on and how well it does")
    .action(async (name: string, version: string | undefined, flags: RoutersFlags) =>
      (await import("./routers-command.ts")).showRouter(name, version, flags),
    );
  withRouters(routers.command("promote <name> <version>"))
    .description("Serve this version; running servers take it over at once")
    .action(async (name: string, version: string, flags: RoutersFlags) =>
      (await import("./routers-command.ts")).promoteRouter(name, version, flags),
    );
  withRouters(routers.command("rollback <name>"))
    .description("Serve the version that served before")
    .action(async (name: string, flags: RoutersFlags) =>
      (await import("./routers-command.ts")).rollbackRouter(name, flags),
    );

  const keys = program
    .command("keys")
    .description("Virtual keys: create, list, disable, enable, rotate, revoke, on the database itself");
  withKeys(keys.command("create"))
    .description("Make a key; its text is shown this once")
    .requiredOption("--name <name>", "what people call it")
    .option("--tenant <name>", "who owns it")
    .option("--team <name>", "who owns it")
    .option("--user <name>", "who owns it")
    .option("--routes <names>", "only these, separated by commas; * stands for anything")
    .option("--allow-models <names>", "only these, separated by commas; * stands for anything")
    .option("--tags <names>", "separated by commas")
    .option("--expires <when>", "a moment, or a time from now such as 30d")
    .option("--rpm <requests>", "most requests a minute")
    .option("--tpm <tokens>", "most tokens a minute")
    .option("--parallel <requests>", "most requests at once")
    .option("--budget-usd <usd>", "most that it may spend in a window")
    .option("--window <window>", "window of the budget, e.g. 1d or 1mo (default 1mo)")
    .option("--soft", "the budget tells and does not refuse")
    .action(async (flags: CreateFlags) => (await import("./keys-command.ts")).createKey(flags));
  withKeys(keys.command("list"))
    .description("Keys, without their texts")
    .action(async (flags: KeysFlags) => (await import("./keys-command.ts")).listKeys(flags));
  withKeys(keys.command("disable <id>"))
    .description("Refuse a key until it is enabled again; running servers do within a second")
    .action(async (id: string, flags: KeysFlags) => (await import("./keys-command.ts")).switchKey(id, true, flags));
  withKeys(keys.command("enable <id>"))
    .description("Let a disabled key go on")
    .action(async (id: string, flags: KeysFlags) => (await import("./keys-command.ts")).switchKey(id, false, flags));
  withKeys(keys.command("revoke <id>"))
    .description("End a key for good; running servers refuse it within a second")
    .action(async (id: string, flags: KeysFlags) => (await import("./keys-command.ts")).revokeKey(id, flags));
  withKeys(keys.command("rotate <id>"))
    .description("Give a key a new text; the old one goes on for a while")
    .option("--overlap <time>", "how long the old text goes on, e.g. 24h", "0s")
    .action(async (id: string, flags: KeysFlags & { overlap: string }) =>
      (await import("./keys-command.ts")).rotateKey(id, flags),
    );

  withKeys(program.command("report"))
    .description("Where the money went, by model, feature, team, tenant, key, user and more, from the log")
    .option("--last <time>", "a time before now, e.g. 24h or 7d (default 7d)")
    .option("--from <moment>", "e.g. 2026-01-31 or 2026-01-31T10:00:00Z")
    .option("--to <moment>", "default now")
    .option("--by <dimensions>", "separated by commas, e.g. model,feature")
    .option("--interval <width>", "minute, hour, day or month: one row a bucket and group")
    .option("--filter <name=value...>", "only these, e.g. team=search; an empty value for none")
    .option("--limit <rows>", "rows that are shown (default 50)")
    .option("--csv", "for spreadsheets")
    .action(async (flags: ReportFlags) => (await import("./report-command.ts")).reportCommand(flags));

  const cache = program.command("cache").description("Cached answers of the server that runs");
  withConfig(cache.command("stats"))
    .description("How full the cache is and what it saved")
    .option("--url <url>", "of the server; by default where the configuration lets it listen")
    .option("--json", "as JSON")
    .action(async (flags: CacheFlags) => (await import("./cache-command.ts")).cacheStats(flags));
  withConfig(cache.command("clear"))
    .description("Forget cached answers: all, or those of one tenant, key or route")
    .option("--url <url>", "of the server; by default where the configuration lets it listen")
    .option("--tenant <name>", "those of a tenant")
    .option("--key <id>", "those of a key without tenant")
    .option("--route <name>", "those of a route")
    .option("--json", "as JSON")
    .action(async (flags: CacheFlags) => (await import("./cache-command.ts")).cacheClear(flags));

  program
    .command("init [file]")
    .description("Write weir.yaml from the keys in the environment, or from another gateway's configuration")
    .option("--from <gateway>", "litellm or portkey: the file is its configuration")
    .option("--out <file>", 'what is written; "-" for stdout', "weir.yaml")
    .option("--force", "replace the file when it is there already")
    .option("--json", "what there is to look at, as JSON")
    .action(async (file: string | undefined, flags: InitFlags) =>
      (await import("./init-command.ts")).initCommand(file, flags),
    );

  withConfig(program.command("demo"))
    .description("Play simulated days of a made-up company into an empty log, to look at in the dashboard")
    .option("--days <days>", "how many, at most 28", "14")
    .option("--seed <seed>", "the same seed and end give the same figures", "1")
    .option("--until <time>", "when the last day ends, e.g. 2026-11-23; default now")
    .option("--storage <url>", "e.g. sqlite:./data/weir.db (WEIR_STORAGE)")
    .option("--json", "what happened, as JSON")
    .action(async (flags: DemoFlags) => {
      const { demoCommand } = await import("./demo-command.ts");
      await demoCommand(flags);
    });

  withConfig(program.command("doctor"))
    .description("Check configuration, keys, prices, storage, port and router, and say how to mend each fault")
    .option("--online", "also ask every upstream for its models, with its key")
    .option("--json", "findings as JSON")
    .action(async (flags: DoctorFlags) => {
      const { doctorCommand } = await import("./doctor-command.ts");
      await doctorCommand(flags);
    });
}

function withConfig(command: Command): Command {
  return command
    .option("--config <file>", "configuration file (WEIR_CONFIG; default weir.yaml when it is there)")
    .option("--models <folder>", "folder of trained routers (WEIR_MODELS; default those shipped with Weir)");
}

function withKeys(command: Command): Command {
  return withRouters(command).option("--storage <url>", "e.g. sqlite:./data/weir.db (WEIR_STORAGE)");
}

function withRouters(command: Command): Command {
  return withConfig(command).option("--json", "for machines");
}
