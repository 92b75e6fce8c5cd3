import type { QualitySource } from "../engine/schema/quality-record.ts";

export interface SourceFile {
  /** Path inside the repository. */
  readonly path: string;
  /** null: nobody published one, and the first download records what it got. */
  readonly sha256: string | null;
}

/** A public data set as the world has it. */
export interface PublicSource {
  readonly name: string;
  readonly title: string;
  /** GitHub repository, owner/name. */
  readonly repository: string;
  readonly commit: string;
  /** As the repository states it. */
  readonly licence: string;
  /** Whether weights trained on it may be shipped, and why. */
  readonly weights: { readonly mayShip: boolean; readonly because: string };
  readonly qualitySource: QualitySource;
  /** Importer of the repository's own layout; null when there is none and only a prepared data folder is read. */
  readonly importer: string | null;
  readonly files: readonly SourceFile[];
}

const unknown = (path: string): SourceFile => ({ path, sha256: null });

const MMLU_SUBJECTS = `abstract_algebra anatomy astronomy business_ethics clinical_knowledge college_biology
  college_chemistry college_computer_science college_mathematics college_medicine college_physics computer_security
  conceptual_physics econometrics electrical_engineering elementary_mathematics formal_logic global_facts
  high_school_biology high_school_chemistry high_school_computer_science high_school_european_history
  high_school_geography high_school_government_and_politics high_school_macroeconomics high_school_mathematics
  high_school_microeconomics high_school_physics high_school_psychology high_school_statistics high_school_us_history
  high_school_world_history human_aging human_sexuality international_law jurisprudence logical_fallacies
  machine_learning management marketing medical_genetics miscellaneous moral_disputes moral_scenarios nutrition
  philosophy prehistory professional_accounting professional_law professional_medicine professional_psychology
  public_relations security_studies sociology us_foreign_policy virology world_religions`.split(/\s+/);

const ROUTERDC_FILES = `MATH_prealgebra arc_challenge_test arc_challenge_train arc_easy_test arc_easy_train ceval
  cmmlu_test cmmlu_train gsm8k-test gsm8k-train humaneval_test humaneval_train javascript mbpp mmlu_test
  mmlu_train`.split(/\s+/);

const MMLU_PRO_MODELS = `Llama-2-13b-hf Llama-2-70b-hf Llama-2-7b-hf Meta-Llama-3-70B Meta-Llama-3-8B
  Meta-Llama-3_1-70B-Instruct Meta-Llama-3_1-70B Meta-Llama-3_1-8B-Instruct Meta-Llama-3_1-8B Mistral-7B-Instruct-v0.1
  Mistral-7B-Instruct-v0.2 Mistral-7B-v0.1 Mistral-7B-v0.2-hf Mixtral-8x7B-Instruct-v0.1 Mixtral-8x7B-v0.1
  Phi-3-mini-4k-instruct Qwen1.5-110B Qwen1.5-72B-Chat Qwen1.5-7B-Chat Yi-34B Yi-6B Yi-6b-Chat c4ai-command-r-v01
  gemini-1.5-flash-002 gemini-1.5-pro-002 gemma-7b jamba-1.5-large mathstral-7B`.split(/\s+/);

const ALPACA_MODELS = `claude claude-2 claude-2.1 claude-instant-1.2 FuseChat-Gemma-2-9B-Instruct
  FuseChat-Llama-3.1-8B-Instruct FuseChat-Llama-3.2-3B-Instruct gpt-3.5-turbo-0301 gpt-3.5-turbo-1106
  gpt35_turbo_instruct Mixtral-8x7B-Instruct-v0.1_concise OpenHermes-2.5-Mistral-7B vicuna-13b-v1.5 gemma-7b-it
  Qwen-14B-Chat`.split(/\s+/);

export const SOURCES: readonly PublicSource[] = [
  {
    name: "routellm",
    title: "MMLU, GSM8K and MT-bench with one strong and one weak model",
    repository: "lm-sys/RouteLLM",
    commit: "0b64fdafe049e596a3f5657c219329f24af24198",
    licence: "Apache-2.0",
    weights: { mayShip: true, because: "Apache-2.0" },
    qualitySource: "exact",
    importer: "routellm",
    files: [
      ...MMLU_SUBJECTS.map((subject) => unknown(`routellm/evals/mmlu/responses/mmlu_${subject}.csv`)),
      unknown("routellm/evals/mmlu/contaminated_prompts.jsonl"),
      unknown("routellm/evals/gsm8k/gsm8k_responses.csv"),
      unknown("routellm/evals/gsm8k/contaminated_prompts.jsonl"),
      unknown("routellm/evals/mt_bench/question.jsonl"),
      unknown("routellm/evals/mt_bench/judgements.jsonl"),
      unknown("routellm/evals/mt_bench/contaminated_prompts.jsonl"),
    ],
  },
  {
    name: "routerdc7",
    title: "nine tasks with seven open models of 7B and 8B, all of one price",
    repository: "shuhao02/RouterDC",
    commit: "0e63989c5bf4363330b8a4616386e3f7f116d9f8",
    licence: "none stated",
    weights: { mayShip: false, because: "the repository states no licence: benchmark only" },
    qualitySource: "exact",
    importer: "routerdc",
    files: ROUTERDC_FILES.map((name) => unknown(`datasets/split2_model7/${name}.json`)),
  },
  {
    name: "alpacaeval",
    title: "805 open instructions, preference of a GPT-4-turbo judge over gpt-4-1106-preview",
    repository: "tatsu-lab/alpaca_eval",
    commit: "cd543a149df89434d8a54582c0151c0b945c3d20",
    licence: "code Apache-2.0, data CC BY-NC 4.0",
    weights: { mayShip: false, because: "the data licence is non-commercial: study only" },
    qualitySource: "judge",
    importer: "alpacaeval",
    files: ALPACA_MODELS.map((name) => unknown(`results/${name}/weighted_alpaca_eval_gpt4_turbo/annotations.json`)),
  },
  {
    name: "mmlupro",
    title: "12,000 ten-option questions in 14 subjects, 28 models with chain of thought",
    repository: "TIGER-AI-Lab/MMLU-Pro",
    commit: "f418b116db00b065c2aea046518d8fcf74d39872",
    licence: "Apache-2.0",
    weights: { mayShip: true, because: "Apache-2.0" },
    qualitySource: "exact",
    importer: "mmlu-pro",
    files: MMLU_PRO_MODELS.map((name) => unknown(`eval_results/model_outputs_${name}_5shots.zip`)),
  },
  {
    name: "zeroeval",
    title: "GSM8K, CRUXEval and MATH level 5 with 50 chat models of 2024",
    repository: "WildEval/ZeroEval",
    commit: "8c1485edf12c6efb5f69135a562927c5ad484059",
    licence: "Apache-2.0",
    weights: { mayShip: true, because: "Apache-2.0" },
    qualitySource: "exact",
    importer: null,
    files: [],
  },
  {
    name: "routerbench",
    title: "a subset of RouterBench 0-shot with 11 models and the source's costs",
    repository: "FrontierCS/Frontier-CS",
    commit: "4d508c1954766e0dda0347e1f14946978ef6b761",
    licence: "MIT for the Frontier-CS rows; the rows from RouterDC state none",
    weights: { mayShip: false, because: "only the Frontier-CS rows (those without repo_split) carry a licence, MIT" },
    qualitySource: "exact",
    importer: null,
    files: [],
  },
  {
    name: "bfcl",
    title: "Berkeley Function Calling Leaderboard v1 and v2, 67 model variants, measured tokens and latency",
    repository: "HuanzhiMao/BFCL-Result",
    commit: "b4adfc9be5e0c65e8dbb1340c689688eb92a9379",
    licence: "none stated for the results; the questions (ShishirPatil/gorilla) Apache-2.0",
    weights: { mayShip: false, because: "the results state no licence: benchmark only" },
    qualitySource: "exact",
    importer: null,
    files: [],
  },
  {
    name: "routerarena",
    title: "809 prompts over 44 categories with two models",
    repository: "RouteWorks/RouterArena",
    commit: "4714a9ad73e897a1241e73a86c9297fed2e871d8",
    licence: "Apache-2.0",
    weights: { mayShip: false, because: "its rules forbid training on it: evaluation only" },
    qualitySource: "exact",
    importer: null,
    files: [],
  },
  {
    name: "llmrouter9",
    title: "14 small tasks with nine open models of 7B to 70B",
    repository: "ulab-uiuc/LLMRouter",
    commit: "4e7a796942ce26e9d5f2b93191c7c2585c99c2e3",
    licence: "MIT",
    weights: { mayShip: true, because: "MIT" },
    qualitySource: "exact",
    importer: null,
    files: [],
  },
];

export function sourceNamed(name: string): PublicSource | undefined {
  return SOURCES.find((source) => source.name === name);
}

/** Where one file of a source lies on the web. */
export function urlOf(source: PublicSource, file: SourceFile, base = "https://raw.githubusercontent.com"): string {
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  return `${base}/${source.repository}/${source.commit}/${path}`;
}
