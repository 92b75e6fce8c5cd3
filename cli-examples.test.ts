import { execFileSync } from "node:child_process";
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

  it("names every command for fish, and zsh takes bash's", () => {
    const fish = completionScript(wholeProgram(), "fish");
    for (const [path] of commands) if (path !== "") expect(fish).toContain(`-a ${path.split(" ").at(-1)} `);
    expect(completionScript(wholeProgram(), "zsh")).toContain("bashcompinit");
  });

  it("says which shells there are", () => {
    expect(() => completionScript(wholeProgram(), "tcsh")).toThrow(/known: bash, zsh, fish/);
  });
});
