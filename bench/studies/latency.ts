import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Conversation } from "../../engine/conversation.ts";
import { loadPolicies } from "../../engine/index.ts";
import { packageRoot } from "../../engine/package-root.ts";
import { openArtifactFolder } from "../artifact-predictor.ts";
import { BenchError } from "../errors.ts";
import { measureLatency, routerOver } from "../latency.ts";
import { POOLS } from "../pools.ts";
import { bar, type StudyBar, type StudyTable } from "../result.ts";
import { defineStudy } from "../study.ts";

const MOST_PROMPTS = 3_000;
const CANDIDATES = 8;
/** 128 tokens of English are some 512 characters. */
const CHARACTERS_OF_128_TOKENS = 512;

export default defineStudy({
  name: "latency",
  summary: "In-process decisions: p50, p99 and decisions/s, by prompt length",
  protocol:
    "The artifact (--router, else the shipped one) behind a route of eight of its models with the quality-target policy; one decision after another in one process, from conversation to decision, 300 to warm up. Sets: prompts of the data as they are, the same cut or repeated to about 128 and 1,024 tokens.",
  async run(context) {
    const folder = context.artifact ?? (await shippedArtifact());
    const artifact = await openArtifactFolder(folder);
    const models = artifact.manifest.models.slice(0, CANDIDATES).map(({ model }) => model);
    const router = routerOver(artifact, await loadPolicies(), models);
    const table = await context.readTable({
      sources: ["mmlupro", "zeroeval"],
      models: [...POOLS.mmlupro.models.slice(0, 1), ...POOLS.zeroeval.models.slice(0, 1)],
    });
    const prompts = table.prompts
      .filter((_, index) => index % Math.ceil(table.prompts.length / MOST_PROMPTS) === 0)
      .map(({ conversation }) => conversation);
    const sets: Readonly<Record<string, readonly Conversation[]>> = {
      "as they are": prompts,
      "about 128 tokens": prompts.map((prompt) => sized(prompt, CHARACTERS_OF_128_TOKENS)),
      "about 1,024 tokens": prompts.map((prompt) => sized(prompt, 8 * CHARACTERS_OF_128_TOKENS)),
    };
    const rows: StudyTable["rows"] = [];
    const bars: StudyBar[] = [];
    for (const [name, conversations] of Object.entries(sets)) {
      const found = await measureLatency(router, conversations);
      rows.push([name, found.prompts, found.p50_ms, found.p99_ms, Math.round(found.decisions_per_s)]);
      if (name !== "about 128 tokens") continue;
      const isFast = artifact.manifest.tier === "fast";
      bars.push(bar(`p50 ms, ${artifact.manifest.tier}, 128 tokens`, found.p50_ms, "at most", isFast ? 0.15 : 5));
      if (isFast) bars.push(bar("p99 ms, fast, 128 tokens", found.p99_ms, "at most", 1));
    }
    await router.close();
    const { name, version, tier } = artifact.manifest;
    return {
      bars,
      tables: [
        {
          title: `${name} ${version} (${tier}), ${models.length} candidates`,
          columns: ["prompts", "n", "p50 ms", "p99 ms", "decisions/s"],
          rows,
          note: "",
        },
      ],
      charts: [],
      notes: [],
    };
  },
});

function sized(conversation: Conversation, characters: number): Conversation {
  const text = conversation.turns.at(-1)?.text ?? "";
  const repeated = text.length === 0 ? "word " : `${text} `;
  return {
    ...conversation,
    turns: [{ role: "user", text: repeated.repeat(Math.ceil(characters / repeated.length)).slice(0, characters) }],
  };
}

/** The newest version of models/default. */
async function shippedArtifact(): Promise<string> {
  const folder = new URL("models/default/", packageRoot);
  const versions = await readdir(folder).catch(() => []);
  const newest = versions
    .filter((name) => /^\d/.test(name))
    .sort()
    .at(-1);
  if (newest === undefined) {
    throw new BenchError("no_data", "there is no shipped router in models/default; give one with --router <folder>", {
      place: "--router",
    });
  }
  return fileURLToPath(new URL(`${newest}/`, folder));
}
