/**
 * One spelling for a model that sources spell differently: without its organisation, in lower case, hyphens for
 * underscores, `llama-3.1` for `Meta-Llama-3_1`. Versions are kept: they are other models.
 */
export function canonicalModel(name: string): string {
  const bare = name.slice(name.lastIndexOf("/") + 1).toLowerCase();
  const renamed = RENAMED[bare] ?? bare;
  return renamed
    .replace(/^meta-(?=llama)/, "")
    .replace(/(\d)_(\d)/g, "$1.$2")
    .replaceAll("_", "-");
}

/** Names that a source gives to what others call something else. */
const RENAMED: Readonly<Record<string, string>> = {
  "c4ai-command-r-v01": "command-r",
  "mistral-7b-v0.2-hf": "mistral-7b-v0.2",
  claude: "claude-1",
  gpt35_turbo_instruct: "gpt-3.5-turbo-instruct",
  gpt4_0613_concise: "gpt-4-0613-concise",
  gpt4_1106_preview: "gpt-4-1106-preview",
};
