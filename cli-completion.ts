import { Argument, type Command } from "commander";
import { commandsOf } from "./cli-examples.ts";
import { AppError } from "./engine/errors.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** `weir completion <shell>`: a script that completes commands and flags. */
export function registerCompletionCommand(program: Command): void {
  program
    .command("completion")
    .addArgument(new Argument("<shell>", "whose").choices(SHELLS))
    .description("Print what completes commands and flags in bash, zsh or fish")
    .addHelpText(
      "after",
      `
Examples:
  source <(weir completion bash)                 # in ~/.bashrc
  source <(weir completion zsh)                  # in ~/.zshrc, behind compinit
  weir completion fish > ~/.config/fish/completions/weir.fish`,
    )
    .action((shell: string) => {
      process.stdout.write(completionScript(program, shell));
    });
}

/** @throws AppError when the shell is not one of ours */
export function completionScript(program: Command, shell: string): string {
  if (shell === "bash") return bashScript(program);
  if (shell === "zsh") return zshScript(program);
  if (shell === "fish") return fishScript(program);
  throw new AppError("unknown_shell", `"${shell}" is not a shell that can be completed (known: ${SHELLS.join(", ")})`);
}

/** After every word the shell looks up what may follow the words before it. */
function bashScript(program: Command): string {
  const cases = commandsOf(program).map(([path, command]) => `    "${path}") echo "${wordsOf(command).join(" ")}" ;;`);
  return `_weir_words() {
  case "$1" in
${cases.join("\n")}
  esac
}
_weir() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ "$word" == -* ]] && continue
    case " $(_weir_words "$path") " in *" $word "*) path="\${path:+$path }$word" ;; esac
  done
  COMPREPLY=($(compgen -W "$(_weir_words "$path")" -- "$current"))
  [[ \${#COMPREPLY[@]} -eq 0 ]] && compopt -o default 2>/dev/null
  return 0
}
complete -F _weir weir
`;
}

/** With what each word means beside it; files where neither a command nor a flag fits. */
function zshScript(program: Command): string {
  const commands = commandsOf(program);
  const places = commands.flatMap(([path]) => (path === "" ? [] : [`"${path}"`])).join("|");
  const described = (pairs: readonly (readonly [string, string])[]) =>
    pairs.map(([name, meaning]) => `'${`${name}:${meaning}`.replace(/\n/g, " ").replace(/'/g, "'\\''")}'`).join(" ");
  const cases = commands.map(([path, command]) => {
    const names = [
      ...command.commands.map((one) => [one.name(), one.description()] as const),
      ...choicesOf(command).map((choice) => [choice, ""] as const),
    ];
    const flags = command.options.flatMap(({ long, description }) =>
      long == null ? [] : [[long, description] as const],
    );
    return `    "${path}") names=(${described(names)}) flags=(${described(flags)}) ;;`;
  });
  return `#compdef weir
_weir() {
  local place="" word
  local -a names flags
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${place:+$place }$word" in
      ${places}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place" in
${cases.join("\n")}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe -o option flags
  elif (( \${#names} )) && [[ "\${words[CURRENT-1]}" != -* ]]; then
    _describe command names
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == _weir ]]; then _weir "$@"; else compdef _weir weir; fi
`;
}

function fishScript(program: Command): string {
  const lines = commandsOf(program).flatMap(([path, command]) => {
    const words = path === "" ? [] : path.split(" ");
    const names = command.commands.map((one) => one.name());
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const unseen = names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(" ")}`];
    const condition = [...seen, ...unseen].join("; and ") || "true";
    const choices = choicesOf(command);
    return [
      ...(names.length + choices.length === 0 ? [] : [`complete -c weir -n '${condition}' -f`]),
      ...choices.map((choice) => `complete -c weir -n '${condition}' -a ${choice}`),
      ...command.commands.map(
        (one) => `complete -c weir -n '${condition}' -a ${one.name()} -d '${quoted(one.description())}'`,
      ),
      ...command.options.flatMap(({ long, description }) =>
        long == null ? [] : [`complete -c weir -n '${condition}' -l ${long.slice(2)} -d '${quoted(description)}'`],
      ),
    ];
  });
  return `${lines.join("\n")}\n`;
}

/** Words that its arguments may be, where these are few. */
function choicesOf(command: Command): readonly string[] {
  return command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
}

function wordsOf(command: Command): string[] {
  return [
    ...command.commands.map((one) => one.name()),
    ...choicesOf(command),
    ...command.options.flatMap(({ long }) => long ?? []),
  ];
}

function quoted(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/'/g, "\\'").replace(/\n/g, " ");
}
