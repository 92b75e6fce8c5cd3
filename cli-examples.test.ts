import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { registerBenchCommands } from "./bench/cli.ts";
import { completionScript, registerCompletionCommand } from "./cli-completion.ts";
import { addExamples, commandsOf } from "./cli-examples.ts";
import { registerRetrainCommand } from "./cli-retrain.ts";
import { registerDatasetsCommands } from "./datasets/cli.ts";
import { registerServerCommands } from "./server/cli.ts";
import { registerObserveCommands } from "./server/observe-cli.ts";
import { registerProofCommands } from "./server/proof-cli.ts";
import { registerTrainerCommands } from "./trainer/cli.ts";

function wholeProgram(): Command {
  const program = new Command("weir");
  registerServerCommands(program);
  registerObserveCommands(program);
  registerProofCommands(program);
  registerRetrainCommand(program);
  registerDatasetsCommands(program);
  registerTrainerCommands(program);
  registerBenchCommands(program);
  registerCompletionCommand(program);
  addExamples(program);
  return program;
}

const commands = commandsOf(wholeProgram());

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

/** Shells that a machine may lack; bash runs the project's own scripts. */
function has(program: string): boolean {
  return spawnSync(program, ["-c", "exit"]).status === 0;
}

describe.each(commands)("weir %s", (_, command) => {
  it("has examples under its help, with flags that there are", () => {
    const [, examples] = helpOf(command).split("Examples:\n");
    expect(examples).toBeDefined();
    const known = new Set(["--help", ...commands.flatMap(([, one]) => one.options.flatMap(({ long }) => long ?? []))]);
    for (const flag of examples!.match(/--[a-z][\w-]*/g) ?? []) expect(known, examples).toContain(flag);
  });

  it("has a description that begins like a sentence", () => {
    if (command.parent !== null) expect(command.description()).toMatch(/^[A-Z]/);
  });
});

describe("completion", () => {
  it("completes commands, those below them, and flags in bash", () => {
    const script = `${completionScript(wholeProgram(), "bash")}
      ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _weir; echo "\${COMPREPLY[*]}"; }
      ask weir rou; ask weir keys cr; ask weir keys create --bud`;
    const [first, second, third] = execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\n");
    expect(first?.split(" ")).toEqual(expect.arrayContaining(["route", "routers"]));
    expect(second).toBe("create");
    expect(third).toBe("--budget-usd");
  });

  it.each(["fish", "zsh"])("names every command for %s", (shell) => {
    const script = completionScript(wholeProgram(), shell);
    const before = shell === "fish" ? "-a " : "'";
    const behind = shell === "fish" ? " " : ":";
    for (const [path] of commands) {
      if (path !== "") expect(script).toContain(`${before}${path.split(" ").at(-1)}${behind}`);
    }
  });

  it.runIf(has("zsh"))("completes commands, those below them, flags and arguments in zsh", () => {
    const script = `compdef() { :; }; _files() { echo FILES; }
      _describe() { local list=\${@[-1]}; print -rl -- \${(P)list} | grep -o "^\${words[CURRENT]}[^:]*" | tr '\\n' ' '; echo; }
      ${completionScript(wholeProgram(), "zsh")}
      ask() { words=("$@"); CURRENT=$#; _weir; }
      ask weir rou; ask weir keys cr; ask weir keys create --bud; ask weir completion z; ask weir route some`;
    const printed = execFileSync("zsh", ["-f", "-c", script], { encoding: "utf8" }).split("\n");
    expect(printed.slice(0, 5).map((line) => line.trim())).toEqual([
      "route routers",
      "create",
      "--budget-usd",
      "zsh",
      "FILES",
    ]);
  });

  it.runIf(has("fish"))("completes commands, those below them, flags and arguments in fish", () => {
    const file = join(mkdtempSync(join(tmpdir(), "weir-fish-")), "weir.fish");
    writeFileSync(file, completionScript(wholeProgram(), "fish"));
    const asked = ["weir rou", "weir keys cr", "weir keys create --bud", "weir completion z"];
    const script = `source ${file}; ${asked.map((line) => `complete -C "${line}"`).join("; echo; ")}`;
    const printed = execFileSync("fish", ["-N", "-c", script], { encoding: "utf8" });
    expect(printed.match(/^\S+/gm)).toEqual(["route", "routers", "create", "--budget-usd", "zsh"]);
  });

  it("says which shells there are", () => {
    expect(() => completionScript(wholeProgram(), "tcsh")).toThrow(/known: bash, zsh, fish/);
  });
});
