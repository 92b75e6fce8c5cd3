import type { Command } from "commander";

/** What people type first, by the command's words; shown under its help. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  "": ["weir serve", 'weir route "What is the capital of France?" --explain', "weir doctor"],
  serve: ["weir serve", "weir serve --config weir.yaml --port 9000"],
  route: [
    'weir route "Prove that sqrt(2) is irrational." --explain',
    "cat prompt.txt | weir route - --quality 0.8 --json",
  ],
  routers: ["weir routers list", "weir routers promote default 2026-11-23.4"],
  "routers list": ["weir routers list --json"],
  "routers show": ["weir routers show default"],
  "routers promote": ["weir routers promote default 2026-11-23.4"],
  "routers rollback": ["weir routers rollback default"],
  keys: ["weir keys create --name my-app --budget-usd 50", "weir keys list"],
  "keys create": ["weir keys create --name my-app --team web --rpm 600 --budget-usd 50 --window 1mo"],
  "keys list": ["weir keys list --json"],
  "keys disable": ["weir keys disable key_123"],
  "keys enable": ["weir keys enable key_123"],
  "keys revoke": ["weir keys revoke key_123"],
  "keys rotate": ["weir keys rotate key_123 --overlap 24h"],
  report: ["weir report --last 7d --by model,feature", "weir report --from 2026-11-01 --filter team=search --csv"],
  cache: ["weir cache stats"],
  "cache stats": ["weir cache stats --json"],
  "cache clear": ["weir cache clear --route default"],
  config: ["weir config show limits", "weir config set limits limits.yaml --note 'the launch'"],
  "config show": ["weir config show", "weir config show gateway --effective"],
  "config set": ["weir config set limits limits.yaml --dry-run", "weir config set guardrails - < guardrails.json"],
  "config unset": ["weir config unset limits"],
  "config revisions": ["weir config revisions limits --limit 5"],
  "config restore": ["weir config restore 7"],
  init: ["weir init", "weir init --from litellm config.yaml --out weir.yaml"],
  demo: [
    "weir demo --days 14",
    "weir demo --seed 2 --until 2026-11-20",
    "weir demo --storage sqlite:./demo/weir.db && weir serve --storage sqlite:./demo/weir.db",
  ],
  observe: ["weir observe --route default", "weir observe --json"],
  "observe label": ["weir observe label --out tasks.jsonl", "weir observe label --file labels.jsonl"],
  "observe restart": ["weir observe restart --route default"],
  doctor: ["weir doctor", "weir doctor --config weir.yaml --online"],
  certify: [
    "weir certify observation.jsonl --max-quality-loss 0.03",
    "weir certify observation.jsonl --check certificate.json",
  ],
  replay: ["weir replay --policy always --from-log requests.jsonl"],
  savings: ["weir savings --month 2026-11", "weir savings verify ledger.jsonl"],
  "savings verify": ["weir savings verify ledger.jsonl"],
  "savings simulate": ["weir savings simulate --out ledger.jsonl"],
  datasets: ["weir datasets list", "weir datasets import litellm-log --in log.jsonl --out records.jsonl"],
  "datasets list": ["weir datasets list"],
  "datasets import": ["weir datasets import litellm-log --in log.jsonl --out records.jsonl"],
  "datasets split": ["weir datasets split --in records.jsonl --out split.jsonl"],
  "datasets stats": ["weir datasets stats --in records.jsonl"],
  "datasets download": ["weir datasets download routellm --to routellm"],
  train: ["weir train --data split.jsonl --name mine --out my-models"],
  "train default": ["weir train default --data outcomes"],
  "train add-model": ["weir train add-model --help"],
  "train cascade": ["weir train cascade --artifact models/default/2026-11-23.4 --data outcomes"],
  retrain: ["weir retrain --route default", "weir retrain --route default --since 14d --json"],
  encoder: ["weir encoder --help"],
  "encoder import": ["weir encoder import --help"],
  "bench pii": ["weir bench pii --data labelled"],
  bench: ["weir bench --data outcomes --source zeroeval --html report.html", "weir bench --study list"],
};

/** Adds examples to the help of every command that has some. */
export function addExamples(program: Command): void {
  for (const [path, command] of commandsOf(program)) {
    const examples = EXAMPLES[path];
    if (examples !== undefined)
      command.addHelpText("after", `\nExamples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
  }
}

/** Every command under its words, the program itself under none. */
export function commandsOf(program: Command): readonly (readonly [path: string, command: Command])[] {
  const below = (command: Command, path: string): [string, Command][] => [
    [path, command],
    ...command.commands.flatMap((one) => below(one, path === "" ? one.name() : `${path} ${one.name()}`)),
  ];
  return below(program, "");
}
