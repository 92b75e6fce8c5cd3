import { Command } from "commander";
import { expect, it } from "vitest";
import { unknownCommand } from "./cli-unknown.ts";
import { registerServerCommands } from "./server/cli.ts";

const program = new Command("weir");
registerServerCommands(program);

it.each([
  [
    "what is near, though help is asked for",
    ["rout", "--help"],
    "unknown command 'rout' (did you mean route or routers?)",
  ],
  ["where things are that have no command", ["budgets", "--help"], "`weir keys create --budget-usd`"],
  ["what is near within a command", ["routers", "promot"], "(did you mean promote?)"],
  ["all there are, where nothing is near", ["routers", "zzz"], "(known: list, show, promote, rollback)"],
  ["it behind help, too", ["help", "budget"], "POST /admin/budgets"],
])("an unknown command is told with %s", (_, words, hint) => {
  expect(unknownCommand(program, words)).toContain(hint);
});

it.each([
  ["nothing", []],
  ["options alone", ["--version"]],
  ["a command with words of its own", ["route", "budgets"]],
  ["a command's help", ["keys", "create", "--help"]],
  ["help of a command", ["help", "keys"]],
  ["a command with commands and options", ["keys", "--help"]],
])("%s is no unknown command", (_, words) => {
  expect(unknownCommand(program, words)).toBeNull();
});
