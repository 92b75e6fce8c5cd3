import { type Command, InvalidArgumentError, Option } from "commander";
import type { CertifyFlags } from "./observation/certify-command.ts";
import type { ReplayFlags } from "./observation/replay-command.ts";
import type { SavingsFlags, VerifyFlags } from "./savings/savings-command.ts";
import type { SimulateFlags } from "./savings/simulate-command.ts";

/** `weir certify`, `replay`, `savings`: what can be shown from files alone, with no server. */
export function registerProofCommands(program: Command): void {
  program
    .command("certify [observation]")
    .description("Write certificate.json from audited outcomes (JSON lines), or say how many audits are missing")
    .option("--max-quality-loss <share>", "most quality that may be lost", share, 0.03)
    .option("--confidence <share>", "1 - delta", share, 0.95)
    .addOption(
      new Option("--loss <name>", "what counts as a loss")
        .choices(["harm", "shortfall", "non_inferiority"])
        .default("harm"),
    )
    .addOption(
      new Option("--scope <scope>", "one threshold for all requests, or one for each task cluster")
        .choices(["overall", "strata"])
        .default("overall"),
    )
    .addOption(
      new Option("--test <test>", "auto: binomial for losses of 0 and 1 of single requests, else betting")
        .choices(["auto", "binomial", "hoeffding_bentkus", "betting"])
        .default("auto"),
    )
    .option("--days <days>", "how long the certificate is good for", positive, 30)
    .option("--out <file>", "where it is written", "certificate.json")
    .option("--check <certificate>", "instead: whether this certificate still holds for what was observed")
    .option(
      "--route <name>",
      "instead of a file: the audits of this route in a database; the certificate is kept there too",
    )
    .option("--storage <url>", "that database", "sqlite:./data/weir.db")
    .option(
      "--evidence <file>",
      "instead: write the audits that the route's newest certificate in the database rests on",
    )
    .option("--gold-share <share>", "of its audits that were drawn for labels by people", share, 0)
    .option("--force", "replace a certificate that is there")
    .option("--json", "for machines")
    .action(async (observation: string | undefined, flags: CertifyFlags) => {
      const { certifyCommand } = await import("./observation/certify-command.ts");
      await certifyCommand(observation, flags);
    });

  program
    .command("replay")
    .description("What another policy would have been worth, from the propensities of a log")
    .requiredOption("--policy <policy>", "a name, or JSON with its options")
    .requiredOption("--from-log <file>", "log records as JSON lines")
    .option("--confidence <share>", "of the intervals", share, 0.95)
    .option("--seed <number>", "for policies that draw lots", positive, 1)
    .option("--json", "for machines")
    .action(async (flags: ReplayFlags) => {
      const { replayCommand } = await import("./observation/replay-command.ts");
      await replayCommand(flags);
    });

  const savings = program
    .command("savings")
    .description("What routing saved against the holdout, with its interval and fee, from the ledger")
    .option("--ledger <file>", "the ledger's rows as JSON lines", "data/ledger.jsonl")
    .option("--storage <url>", "instead of a file: the ledger in this database, e.g. sqlite:./data/weir.db")
    .option("--route <name>", "whose ledger in the database", "default")
    .option("--month <month>", "e.g. 2026-11; default: all months")
    .option("--json", "for machines")
    .action(async (flags: SavingsFlags) => {
      const { savingsCommand } = await import("./savings/savings-command.ts");
      await savingsCommand(flags);
    });
  savings
    .command("verify <ledger>")
    .description("Recompute chain, costs, arms, savings and fees from the ledger alone")
    .option("--head <hash>", "hash of the last row, as it was published")
    .option("--json", "for machines")
    .action(async (ledger: string, flags: VerifyFlags) => {
      const { verifyCommand } = await import("./savings/savings-command.ts");
      await verifyCommand(ledger, { ...savings.opts(), ...flags });
    });
  savings
    .command("simulate")
    .description("Write a ledger of simulated traffic whose true saving is known")
    .requiredOption("--out <file>", "where it is written")
    .option("--days <days>", "from 1 October 2026 on", positive, 61)
    .option("--sessions <number>", "a day", positive, 40)
    .option("--holdout <share>", "of sessions", share, 0.2)
    .option("--seed <number>", "the same seed writes the same bytes", positive, 1)
    .option("--force", "replace a file that is there")
    .action(async (flags: SimulateFlags) => {
      const { simulateCommand } = await import("./savings/simulate-command.ts");
      await simulateCommand(flags);
    });
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("a share between 0 and 1 is needed, e.g. 0.95");
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value > 0)) throw new InvalidArgumentError("a whole number from 1 up is needed");
  return value;
}
