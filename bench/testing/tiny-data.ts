import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { seededRng } from "../../engine/rng.ts";

export interface TinySource {
  readonly source: string;
  readonly models: readonly string[];
  readonly prompts: number;
  /** Task names, used in turn. */
  readonly tasks: readonly string[];
  readonly hasCosts?: boolean;
  /** Writes what each answer showed of itself; right ones are longer. */
  readonly hasAnswers?: boolean;
  readonly hasLatency?: boolean;
  /** Extra fields of a prompt line. */
  readonly extras?: (index: number) => Readonly<Record<string, unknown>>;
}

const WORDS = ["river", "engine", "theorem", "contract", "molecule", "poem", "market", "planet", "cell", "verb"];

/**
 * A folder in the layout of the outcome data, made up: the prompt's first word tells how hard it is, later models are
 * better and dearer.
 */
export async function tinyDataFolder(sources: readonly TinySource[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "weir-bench-"));
  for (const source of sources) {
    const { prompts, outcomes, answers } = linesOf(source);
    await writeFile(path.join(folder, `${source.source}.prompts.jsonl.gz`), gzipSync(prompts.join("\n")));
    await writeFile(path.join(folder, `${source.source}.outcomes.csv.gz`), gzipSync(outcomes.join("\n")));
    if (source.hasAnswers)
      await writeFile(path.join(folder, `${source.source}.answers.csv.gz`), gzipSync(answers.join("\n")));
  }
  return folder;
}

const ANSWER_COLUMNS =
  "prompt_id,model,answer,answer_found,response_chars,words,lines,steps,eq_total,eq_wrong,h_contrast,h_approx,h_think,h_cannot,h_recheck,n_candidates,opts_seen,truncated,refusal,zratio,supported,num_used,num_count,reason_chars,split";

function linesOf({
  source,
  models,
  prompts: count,
  tasks,
  hasCosts = true,
  hasLatency = false,
  extras = () => ({}),
}: TinySource) {
  const rng = seededRng(source.length);
  const prompts: string[] = [];
  const answers = [ANSWER_COLUMNS];
  const outcomes = ["prompt_id,model,quality,cost_usd,input_tokens,output_tokens,latency_ms,tokens_src,cost_src,split"];
  for (let index = 0; index < count; index++) {
    const hardness = rng.next();
    const task = tasks[index % tasks.length]!;
    const word = () => WORDS[Math.floor(rng.next() * WORDS.length)]!;
    const words = Array.from({ length: 6 + Math.floor(hardness * 20) }, word).join(" ");
    const prompt = `${hardness > 0.5 ? "Prove" : "Name"} for ${task.replaceAll(/\W/g, " ")}: ${words} ${index}?`;
    const id = `${source}:${index}`;
    const split = Math.floor(index / 2) % 5 === 4 ? "test" : "train";
    prompts.push(
      JSON.stringify({
        id,
        source,
        task,
        prompt,
        split,
        group: `g${source}${Math.floor(index / 2)}`,
        ...extras(index),
      }),
    );
    models.forEach((model, rank) => {
      const quality = rng.next() < 0.95 - 0.8 * hardness + (0.6 * rank) / models.length ? 1 : 0;
      const output = 10 + rank;
      const cost = hasCosts ? ((20 + 4 * output) * (rank + 1) * 1e-7).toExponential(6) : "";
      const latency = hasLatency ? 900 + 100 * rank : "";
      outcomes.push(`${id},${model},${quality},${cost},20,${output},${latency},estimated,computed,${split}`);
      const characters = 100 + 100 * quality + ((7 * index + rank) % 40);
      const answer = quality === 1 ? index : index + rank + 1;
      answers.push(
        `${id},${model},${answer},1,${characters},20,2,3,1,${1 - quality},0,0,0,0,0,1,,0,0,0.5,${quality},1.0,5,90,${split}`,
      );
    });
  }
  return { prompts, outcomes, answers };
}
