import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { eventStream, sse } from "../../providers/_samples/samples.ts";

/** Which provider reads the recordings of a folder. */
const PROVIDER_OF: Readonly<Record<string, string>> = {
  "amazon-bedrock": "bedrock",
  anthropic: "anthropic",
  cohere: "cohere",
  "deepseek-chat": "deepseek",
  google: "google",
  groq: "groq",
  mistral: "mistral",
  "openai-chat": "openai",
  "openai-compatible-chat": "openai-compatible",
  "openai-responses": "openai-responses",
  xai: "xai",
};

export interface Recording {
  readonly name: string;
  readonly provider: string;
  /** A whole answer's body; null for a stream. */
  readonly body: unknown;
  /** A stream's bytes; null for a whole answer. */
  readonly stream: Uint8Array | null;
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const data = process.env["WEIR_DATA"] ?? join(root, "../shared/data");
const folder = join(dirname(data), "wire");

/** Recorded answers beside the data folder; none when it is not there. */
export function readRecordings(): readonly Recording[] {
  if (!existsSync(folder)) return [];
  return Object.entries(PROVIDER_OF).flatMap(([vendor, provider]) => {
    const place = join(folder, vendor);
    if (!existsSync(place)) return [];
    return readdirSync(place)
      .sort()
      .map((file): Recording => {
        const text = readFileSync(join(place, file), "utf8");
        const isStream = file.endsWith(".chunks.txt");
        return {
          name: `${vendor}/${file}`,
          provider,
          body: isStream ? null : JSON.parse(text),
          stream: isStream ? streamOf(provider, text) : null,
        };
      });
  });
}

function streamOf(provider: string, text: string): Uint8Array {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "[DONE]");
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  if (provider !== "bedrock") return sse(...events);
  return eventStream(...events.flatMap((event) => Object.entries(event)));
}
