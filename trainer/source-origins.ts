/** Licence and origin of the public sources; what a user's own data has, only the user knows. */
const KNOWN: Readonly<Record<string, { readonly licence: string; readonly origin: string }>> = {
  routellm: { licence: "Apache-2.0", origin: "github.com/lm-sys/RouteLLM" },
  mmlupro: { licence: "Apache-2.0", origin: "github.com/TIGER-AI-Lab/MMLU-Pro" },
  zeroeval: { licence: "Apache-2.0", origin: "github.com/WildEval/ZeroEval" },
  routerbench: {
    licence: "MIT (Frontier-CS part); RouterDC part: none stated",
    origin: "github.com/FrontierCS/Frontier-CS, github.com/shuhao02/RouterDC",
  },
  "frontier-cs": { licence: "MIT", origin: "github.com/FrontierCS/Frontier-CS" },
  llmrouter9: { licence: "MIT", origin: "github.com/ulab-uiuc/LLMRouter" },
  routerdc7: { licence: "none stated", origin: "github.com/shuhao02/RouterDC" },
  bfcl: { licence: "results: none stated; gorilla: Apache-2.0", origin: "github.com/HuanzhiMao/BFCL-Result" },
  alpacaeval: { licence: "CC-BY-NC-4.0", origin: "github.com/tatsu-lab/alpaca_eval" },
  routerarena: { licence: "evaluation only", origin: "github.com/RouteWorks/RouterArena" },
};

export function sourceOrigins(source: string): { readonly licence: string; readonly origin: string } {
  return KNOWN[source] ?? { licence: "as stated by its owner", origin: "own data" };
}
