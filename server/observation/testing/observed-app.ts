import { buildTestApp, type TestApp, type TestAppOptions } from "../../testing/build-test-app.ts";

export const DAY_MS = 86_400_000;

/** Simulated models, of which the cheap one answers 70 % of prompts well and the dear one 90 %; a judge that says what it is told. */
export function observedConfig(
  observation: string,
  { judge = '{"better": "tie"}', mode = "observe", log = "none", more = "" } = {},
): string {
  return `
upstreams:
  dear: { provider: simulated, options: { quality: 0.9, answerTokens: 20 } }
  cheap: { provider: simulated, options: { quality: 0.7, answerTokens: 20 } }
  judges: { provider: simulated, options: { answer: '${judge}' } }
candidates:
  - { id: cheap/small-1, upstream: cheap, resembles: small, price: { inputUsdPerMTok: 0.1, outputUsdPerMTok: 0.4 } }
  - { id: dear/large-1, upstream: dear, resembles: large, price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10 } }
  - { id: judges/umpire, upstream: judges, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 4 } }
routes:
  default:
    incumbent: dear/large-1
    candidates: [cheap/small-1, dear/large-1]
    mode: ${mode}
    policy: { name: always, candidate: cheap/small-1 }
    log: { content: ${log} }
    observation: ${observation}
${more}
auth: { required: false }
router: { timeoutMs: 2000 }
gateway: { retries: 0, backoffMs: 1, maxBackoffMs: 2 }
`;
}

export function buildObservedApp(config: string, options: Omit<TestAppOptions, "config"> = {}): Promise<TestApp> {
  return buildTestApp({ ...options, config });
}

export interface AskOptions {
  readonly session?: string;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  readonly more?: object;
}

/** A chat request of a client. */
export function ask({ app }: TestApp, text: string, { session, metadata, more = {} }: AskOptions = {}) {
  return app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers: {
      ...(session === undefined ? {} : { "x-weir-session": session }),
      ...(metadata === undefined ? {} : { "x-weir-metadata": JSON.stringify(metadata) }),
    },
    payload: { model: "weir/auto", messages: [{ role: "user", content: text }], ...more },
  });
}
