import type { Settings } from "./settings.ts";

/** What a person at a terminal wants to know once the server listens, under all that the log said. */
export function welcome({ mode, configPath }: Pick<Settings, "mode" | "configPath">, address: string): string {
  const what =
    mode === "demo"
      ? "Demo: every upstream is simulated. The page opens with the key weir-demo, clients need none."
      : `Configured by ${configPath ?? "the environment"}. \`weir keys create\` makes keys for clients, \`weir doctor\` checks all.`;
  return `\n  Weir serves at ${address}\n  ${what}\n\n`;
}
