// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ConfigError, type Environment, settingsFrom } from "./config.ts";
import { loadBackends } from "./config-backends.ts";
import type { Problem } from "./errors.ts";
import type { Provider } from "./provider.ts";
import { maskedSettings } from "./settings.ts";

const GOOD = `
upstreams:
  openai: { provider: openai, apiKey: "\${OPENAI_API_KEY}" }
candidates:
  - { id: openai/gpt-4o-mini, upstream: openai, model: gpt-4o-mini }
routes:
  default:
    incumbent: openai/gpt-4o
    candidates: [openai/gpt-4o-mini, openai/gpt-4o]
    rules: [{ when: { metadata.feature: summarization }, use: openai/gpt-4o-mini }]
server: { port: 9000 }
`;
const ENVIRONMENT: Environment = { OPENAI_API_KEY: "sk-a-long-secret-value-1234" };

function problemsIn(text: string, environment: Environment = ENVIRONMENT): readonly Problem[] {
  try {
    settingsFrom(text, "weir.yaml", {}, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe("settings", () => {
  it("puts flags over environment over file over defaults", () => {
    const read = (flags: object, environment: Environment) =>
      settingsFrom(GOOD, "weir.yaml", flags, { ...ENVIRONMENT, ...environment }).server;
    expect(read({ port: 1 }, { PORT: "2" }).port).toBe(1);
    expect(read({}, { PORT: "2" }).port).toBe(2);
    expect(read({}, {}).port).toBe(9000);
    expect(settingsFrom(null, null, {}, {}).server).toMatchObject({ host: "127.0.0.1", port: 8080 });
  });

  it("expands ${ENV}, its alternative, and leaves $${ alone", () => {
    const headers = 'headers: { a: "${NONE:-b}", c: "$${D}" },';
    const text = GOOD.replace("provider: openai,", () => `provider: openai, ${headers}`);
    expect(settingsFrom(text, "weir.yaml", {}, ENVIRONMENT).upstreams.openai).toEqual({
      provider: "openai",
      apiKey: ENVIRONMENT.OPENAI_API_KEY,
      headers: { a: "b", c: "${D}" },
    });
  });

  it("starts in demo mode without a file, also when the file names no upstream", () => {
    expect(settingsFrom(null, null, {}, {}).mode).toBe("demo");
    expect(settingsFrom("server: { port: 1 }", "weir.yaml", {}, {}).mode).toBe("demo");
    expect(settingsFrom("", "weir.yaml", {}, {}).mode).toBe("demo");
    expect(settingsFrom(GOOD, "weir.yaml", {}, ENVIRONMENT).mode).toBe("configured");
  });

  it("lists every problem at once with its path", () => {
    const problems = problemsIn(
      `
upstreams:
  openai: { provider: openai, apiKey: "\${MISSING}", basUrl: "x" }
candidates:
  - { id: a, upstream: nowhere }
  - { id: a, upstream: openai, price: { inputUsdPerMTok: -1, outputUsdPerMTok: .nan } }
routes:
  default: { incumbent: lost, candidates: [a, a], holdout: 2 }
  other: { incumbent: lost, candidates: [a, gone] }
server: { port: 70000, colour: red }
surprise: 1
`,
      {},
    );
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "candidates.0.upstream",
      "candidates.1.price.inputUsdPerMTok",
      "candidates.1.price.outputUsdPerMTok",
      "routes.default.holdout",
      "routes.other.candidates.1",
      "routes.other.incumbent",
      "server.colour",
      "server.port",
      "surprise",
      "upstreams.openai.apiKey",
      "upstreams.openai.basUrl",
    ]);
  });

  it("names each fault once, not what follows from it", () => {
    const text = `
upstreams:
  one: { provider: openai, baseUrl: nonsense }
routes:
  default: { incumbent: one/a, candidates: [] }
auth: { required: "\${NOT_SET}" }
`;
    expect(problemsIn(text).map(({ path }) => path)).toEqual([
      "auth.required",
      "upstreams.one.baseUrl",
      "routes.default.candidates",
    ]);
    expect(problemsIn("upstreams: { one: { provider: openai } }\nroutes: {}\n").map(({ path }) => path)).toEqual([
      "routes",
    ]);
  });

  it("names a scheme that nothing speaks among all other faults, without what may be a password", async () => {
    const backends = await loadBackends();
    const read = (more: string) => () => settingsFrom(`${GOOD}${more}`, "f", {}, ENVIRONMENT, null, null, backends);
    expect(
      read("storage: { url: 'sqlite:./a.db' }\nshared: { url: 'memory:' }\nlog: { url: 'sqlite:./b.db' }"),
    ).not.toThrow();
    const wrong =
      "storage: { url: 'mysql://u:secret@h/d' }\nshared: { url: nowhere }\nlog: { url: 'ftp://h' }\nsurprise: 1";
    try {
      read(wrong)();
      expect.unreachable();
    } catch (error) {
      const { problems, message } = error as ConfigError;
      expect(problems.map(({ path }) => path).sort()).toEqual(["log.url", "shared.url", "storage.url", "surprise"]);
      expect(message).toMatch(/storage\.url: nothing speaks "mysql:" \(known: .*sqlite:.*\)/);
      expect(message).not.toContain("secret");
    }
  });

  it("checks a policy's name and options when policies are known", () => {
    const policies = new Map([["fixed", { options: z.strictObject({ model: z.string() }) }]]);
    const read = (policy: string) => () =>
      settingsFrom(GOOD.replace("incumbent:", `policy: ${policy}\n    incumbent:`), "f", {}, ENVIRONMENT, policies);
    expect(read("{ name: fixed, model: x }")).not.toThrow();
    expect(read("{ name: fixed, model: 1 }")).toThrow(/routes\.default\.policy\.model/);
    expect(read("{ name: magic }")).toThrow(/"magic" is not a policy \(known: fixed\)/);
  });

  it.each([
    ["broken YAML", "a: [1", /line 1/],
    [
      "a variable without quotes inside braces",
      "upstreams: { a: { provider: b, apiKey: ${KEY} } }",
      /line 1: .*with quotes/,
    ],
    ["a repeated key", "server: {}\nserver: {}", /unique/i],
    ["a list", "- 1", /mapping of sections/],
    ["an alias bomb", bomb(), /alias/i],
  ])("refuses %s", (_, text, message) => {
    expect(() => settingsFrom(text, "weir.yaml", {}, {})).toThrow(message);
  });

  it("never fails in another way than by naming problems, whatever the document", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (document) => {
        try {
          settingsFrom(JSON.stringify(document), "weir.yaml", {}, {});
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("never fails in another way when a section is anything", () => {
    const section = fc.constantFrom("upstreams", "candidates", "routes", "server", "auth", "storage", "router");
    fc.assert(
      fc.property(fc.dictionary(section, fc.jsonValue()), (document) => {
        try {
          settingsFrom(JSON.stringify(document), "weir.yaml", {}, {});
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 300, seed: 8 },
    );
  });

  it("masks secrets when the effective settings are printed", () => {
    const text = `${GOOD}\nstorage: { url: "postgres://weir:hunter2@db/weir" }`;
    const settings = settingsFrom(text, "weir.yaml", {}, { ...ENVIRONMENT, WEIR_ADMIN_KEY: "admin-secret" });
    const printed = JSON.stringify(maskedSettings(settings));
    expect(printed).not.toMatch(/hunter2|a-long-secret|admin-secret/);
    expect(printed).toContain("***1234");
  });
});

function bomb(): string {
  const levels = "abcdefghi".split("");
  return levels
    .map(
      (name, i) =>
        `${name}: &${name} [${Array(9)
          .fill(i === 0 ? "x" : `*${levels[i - 1]}`)
          .join(",")}]`,
    )
    .join("\n");
}

/** Addresses below a base URL; without one there and in the configuration there is none. */
function at(own: string): Provider["address"] {
  return ({ baseUrl }) => ({ url: `${baseUrl ?? own}/chat`, headers: {} });
}

describe("providers", () => {
  const providers = new Map([
    ["openai", { options: z.strictObject({}), address: at("https://api.openai.com/v1") }],
    ["azure", { options: z.strictObject({ apiVersion: z.string() }), address: at("") }],
  ]);
  const problems = (text: string) => {
    try {
      settingsFrom(text, "weir.yaml", {}, ENVIRONMENT, null, providers);
      return [];
    } catch (error) {
      return (error as ConfigError).problems;
    }
  };

  it("names the known ones when an upstream's is unknown, and checks its own options", () => {
    expect(problems(GOOD)).toEqual([]);
    expect(problems(GOOD.replace("provider: openai", "provider: opnai"))).toEqual([
      { path: "upstreams.openai.provider", message: '"opnai" is not a provider (known: openai, azure)' },
    ]);
    const azure = GOOD.replace("provider: openai,", "provider: azure, options: { apiVersion: 3 },");
    expect(problems(azure).map(({ path }) => path)).toEqual(["upstreams.openai.options.apiVersion"]);
  });

  it("asks for the address of an upstream whose vendor has none", () => {
    const azure = GOOD.replace("provider: openai,", 'provider: azure, options: { apiVersion: "1" },');
    expect(problems(azure).map(({ path }) => path)).toEqual(["upstreams.openai.baseUrl"]);
    expect(problems(azure.replace("provider:", 'baseUrl: "https://me.example", provider:'))).toEqual([]);
  });

  it("refuses a pool whose member leads nowhere or is in two", () => {
    const pools = "pools: { a: { members: [openai/gpt-4o, nobody/x] }, b: { members: [openai/gpt-4o] } }\n";
    expect(problemsIn(GOOD + pools).map(({ path }) => path)).toEqual(["pools.a.members.1", "pools.b.members.0"]);
  });
});
