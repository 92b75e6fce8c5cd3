// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../testing/build-test-app.ts";

const ADMIN = { "x-weir-key": TEST_ADMIN_KEY };
const CONFIG = `# models that cost nothing
upstreams:
  up: { provider: simulated, apiKey: "a-literal-key-of-somebody" }
candidates: # what they cost
  # small
  - { id: up/small, upstream: up, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } } # dear
  - { id: up/large, upstream: up, price: { inputUsdPerMTok: 2, outputUsdPerMTok: 2 } }
routes:
  default: { incumbent: up/large, candidates: [up/large, up/small], mode: "off" }
auth: { required: false }

# ours
server: { port: 1 }
router: { timeoutMs: 2000 }
`;

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
}

describe("changing weir.yaml over the admin API", () => {
  let weir: TestApp;
  beforeEach(async () => {
    weir = await buildTestApp({ config: CONFIG, onDisk: true, environment: { VENDOR_KEY: "value-of-the-variable" } });
  });
  afterEach(() => weir.close());

  const get = async (url: string) => (await weir.app.inject({ url, headers: ADMIN })).json();
  const etag = async () => (await get("/admin/settings")).file.etag;
  const text = () => readFileSync(weir.configPath, "utf8");

  async function put(section: string, body: object, url = `/admin/settings/${section}`) {
    const payload = { etag: await etag(), ...body };
    const response = await weir.app.inject({ method: "PUT", url, headers: ADMIN, payload });
    return { status: response.statusCode, body: response.json() };
  }

  async function ask(content = "Hello", model = "up/large") {
    const payload = { model, messages: [{ role: "user", content }] };
    const response = await weir.app.inject({ method: "POST", url: "/v1/chat/completions", payload });
    return { status: response.statusCode, cost: Number(response.headers["x-weir-cost-usd"]), body: response.json() };
  }

  it("says where the file is and whether it may be changed", async () => {
    expect((await get("/admin/settings")).file).toEqual({
      path: weir.configPath,
      exists: true,
      writable: true,
      reason: null,
      etag: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it("limits the very next request, and no longer once the limit is taken away", async () => {
    const made = await put("limits", { value: [{ scope: "model", subject: "up/large", rpm: 1 }] });
    expect(made).toMatchObject({
      status: 200,
      body: { section: "limits", written: [{ rpm: 1 }], restart: [], revision: 1, etag: await etag() },
    });
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
    expect(text()).toBe(`${CONFIG}limits:\n  - scope: model\n    subject: up/large\n    rpm: 1\n`);
    expect((await put("limits", { value: null })).body).toMatchObject({ written: null, effective: [], revision: 2 });
    expect((await ask()).status).toBe(200);
    expect(text()).toBe(CONFIG);
  });

  it("blocks the next request by a guardrail, and no longer once it is taken away", async () => {
    const rail = { name: "words", check: "deny-list", timeoutMs: 30_000, options: { terms: ["nightfall"] } };
    expect((await ask("nightfall")).status).toBe(200);
    expect((await put("guardrails", { value: [rail] })).status).toBe(200);
    expect(await ask("nightfall")).toMatchObject({ status: 400, body: { error: { code: "blocked_by_guardrail" } } });
    expect((await put("guardrails", { value: [] })).status).toBe(200);
    expect((await ask("nightfall")).status).toBe(200);
  });

  it("charges the next request by a new price, and by the price list once it is taken away", async () => {
    const before = (await ask()).cost;
    expect(before).toBeGreaterThan(0);
    const url = "/admin/prices/up%2Flarge";
    const price = { inputUsdPerMTok: 20, outputUsdPerMTok: 20 };
    expect((await put("", { price }, url)).status).toBe(200);
    expect((await ask()).cost / before).toBeCloseTo(10, 6);
    expect(text()).toBe(
      CONFIG.replace("inputUsdPerMTok: 2, outputUsdPerMTok: 2 }", "inputUsdPerMTok: 20, outputUsdPerMTok: 20 }"),
    );
    expect((await put("", { price: null }, url)).body.written[1]).toEqual({ id: "up/large", upstream: "up" });
    expect((await put("", { price }, "/admin/prices/lost%2Fmodel")).body.error.code).toBe("unknown_model");
    expect(
      (await put("", { price: { inputUsdPerMTok: -1 } }, url)).body.error.problems.map(
        (one: { path: string }) => one.path,
      ),
    ).toContain("candidates.1.price.inputUsdPerMTok");
  });

  it("changes nothing by a dry run, which says all the same what would be", async () => {
    const dry = await put("server", { value: { port: 2 }, dry_run: true });
    expect(dry.body).toMatchObject({
      written: { port: 2 },
      effective: { port: 2 },
      restart: ["server.port"],
      revision: null,
    });
    expect(text()).toBe(CONFIG);
    expect(await get("/admin/settings/revisions")).toEqual([]);
  });

  it("says which of what is written a flag or the environment overrules", async () => {
    const { notices } = (await put("storage", { value: { url: "sqlite:./other.db" }, dry_run: true })).body;
    expect(notices).toEqual([expect.stringMatching(/^storage\.url: a flag or the environment/)]);
    expect((await put("storage", { value: { retentionDays: 9 }, dry_run: true })).body.notices).toEqual([]);
  });

  it("names every fault with its path, and leaves file and service as they were", async () => {
    const value = [
      { scope: "model", subject: "", rpm: 0 },
      { scope: "nobody", subject: "x" },
    ];
    const { status, body } = await put("limits", { value });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: "config_invalid" });
    expect(body.error.problems.map(({ path }: { path: string }) => path)).toEqual([
      "limits.0.subject",
      "limits.0.rpm",
      "limits.1.scope",
    ]);
    const rail = [{ name: "a", check: "no-such-check" }];
    expect((await put("guardrails", { value: rail })).body.error.problems[0].path).toBe("guardrails.0.check");
    expect((await put("routes", { value: null })).body.error.problems[0].path).toBe("routes");
    expect(text()).toBe(CONFIG);
    expect((await ask()).status).toBe(200);
  });

  it.each([{ path: "/nowhere/at/all" }, { name: "lost" }])(
    "takes back what cannot be applied: router %o",
    async (value) => {
      const { status, body } = await put("router", { value: { timeoutMs: 2000, ...value } });
      expect([status, body.error.code]).toEqual([400, "config_invalid"]);
      expect(body.error.message).toContain("was taken back");
      expect(text()).toBe(CONFIG);
      expect((await ask()).status).toBe(200);
      expect(await get("/admin/settings/revisions")).toEqual([]);
    },
  );

  it("refuses a change to a file that somebody changed, by hand or here", async () => {
    const old = await etag();
    writeFileSync(weir.configPath, `${CONFIG}# by hand\n`);
    expect(await put("limits", { value: [], etag: old })).toMatchObject({
      status: 409,
      body: { error: { code: "settings_changed" } },
    });
    expect(text()).toBe(`${CONFIG}# by hand\n`);
    const now = await etag();
    const both = await Promise.all(
      [1, 2].map((rpm) => put("limits", { value: [{ scope: "key", subject: "*", rpm }], etag: now })),
    );
    expect(both.map(({ status }) => status)).toEqual([200, 409]);
    expect((await get("/admin/settings/limits")).written).toEqual([{ scope: "key", subject: "*", rpm: 1 }]);
  });

  it("shows no secret, keeps the ones that come back masked, and takes new ones as variables only", async () => {
    const { written, written_yaml: yaml } = await get("/admin/settings/upstreams");
    expect(written).toEqual({ up: { provider: "simulated", apiKey: "***body" } });
    expect(yaml).not.toContain("a-literal-key");
    const kept = { ...written, two: { provider: "simulated", apiKey: "${VENDOR_KEY}" } };
    const made = await put("upstreams", { value: kept });
    expect(made.body.written.two.apiKey).toBe("${VENDOR_KEY}");
    expect(made.body.effective.two.apiKey).toBe("***able");
    expect(text()).toContain('apiKey: "a-literal-key-of-somebody"');
    const literal = await put("upstreams", { value: { up: { provider: "simulated", apiKey: "another-key" } } });
    expect(literal.body.error.problems).toEqual([
      { path: "upstreams.up.apiKey", message: expect.stringContaining("${NAME}") },
    ]);
    const unset = await put("upstreams", { value: { up: { provider: "simulated", apiKey: "${NOT_SET}" } } });
    expect(unset.body.error.problems[0]).toMatchObject({
      path: "upstreams.up.apiKey",
      message: expect.stringContaining("NOT_SET is not set"),
    });
  });

  it("shows no variable's value through a field that is not masked, and gives the admin key to nobody", async () => {
    const open = await put("limits", { value: [{ scope: "team", subject: "${VENDOR_KEY}", rpm: 1 }] });
    expect(open.body.error.problems[0].path).toBe("limits.0.subject");
    const admin = await put("upstreams", { value: { up: { provider: "simulated", apiKey: "${WEIR_ADMIN_KEY}" } } });
    expect(admin.body.error.problems[0]).toMatchObject({
      path: "upstreams.up.apiKey",
      message: expect.stringContaining("nobody"),
    });
    expect(JSON.stringify(weir.logged)).not.toContain("value-of-the-variable");
  });

  it("keeps what was before, and puts it back with its comments", async () => {
    await put("candidates", { value: [{ id: "up/small", upstream: "up" }], note: "cheaper" });
    await put("limits", { value: [{ scope: "key", subject: "*", rpm: 9 }] });
    const revisions = await get("/admin/settings/revisions");
    expect(revisions.map(({ section }: { section: string }) => section)).toEqual(["limits", "candidates"]);
    expect(revisions[1]).toMatchObject({
      by: "the admin key",
      note: "cheaper",
      restorable: true,
      before: [{ id: "up/small" }, { id: "up/large" }],
    });
    expect((await get("/admin/settings/revisions?section=limits&limit=1"))[0].before).toBeNull();
    const restore = async (id: number) =>
      weir.app.inject({
        method: "POST",
        url: `/admin/settings/revisions/${id}/restore`,
        headers: ADMIN,
        payload: { etag: await etag() },
      });
    expect((await restore(1)).json()).toMatchObject({ section: "candidates", revision: 3 });
    expect((await restore(2)).json()).toMatchObject({ section: "limits", written: null, revision: 4 });
    expect(text()).toBe(CONFIG);
    expect((await restore(99)).json().error.code).toBe("unknown_revision");
  });

  it("keeps no secret in a revision, and does not put a mask back", async () => {
    await put("upstreams", { value: { up: { provider: "simulated" } } });
    const [revision] = await get("/admin/settings/revisions");
    expect(revision).toMatchObject({ restorable: false, before: { up: { apiKey: "***body" } } });
    const payload = { etag: await etag() };
    const answer = await weir.app.inject({
      method: "POST",
      url: "/admin/settings/revisions/1/restore",
      headers: ADMIN,
      payload,
    });
    expect(answer.json().error.code).toBe("not_restorable");
  });

  it("takes the text of a section with its comments", async () => {
    const yaml = "limits: # whom\n  # everybody\n  - { scope: key, subject: '*', rpm: 3 }\n";
    expect((await put("limits", { yaml })).body).toMatchObject({ written: [{ rpm: 3 }], written_yaml: yaml });
    expect(text()).toBe(CONFIG + yaml);
    expect((await put("limits", { yaml: "- { scope: key, subject: '*', rpm: 4 }" })).body.written[0].rpm).toBe(4);
    expect((await put("limits", { yaml: "limits: [" })).body.error.code).toBe("config_invalid");
    expect((await put("limits", { yaml: "cache: {}\nlimits: []\n" })).body.error.code).toBe("config_invalid");
  });

  it("explains every field of every section", async () => {
    const unexplained: string[] = [];
    const look = (schema: JsonSchema, path: string) => {
      for (const [name, field] of Object.entries(schema.properties ?? {})) {
        if (!/\w{3}/.test(field.description ?? "")) unexplained.push(`${path}.${name}`);
        look(field, `${path}.${name}`);
      }
      const { items, additionalProperties: rest, anyOf = [] } = schema;
      for (const one of [items, rest, ...anyOf]) if (typeof one === "object") look(one, path);
    };
    const sections: { section: string; title: string; description: string; schema: JsonSchema }[] =
      await get("/admin/settings/sections");
    for (const { section, title, description, schema } of sections) {
      expect(`${title}: ${description}`, section).toMatch(/\w{3}.*: \w{3}/);
      look(schema, section);
    }
    expect(unexplained).toEqual([]);
    expect(sections).toHaveLength(17);
  });

  it("knows its sections, each with a schema, and answers 404 for another", async () => {
    const sections = await get("/admin/settings/sections");
    expect(sections.find((one: { section: string }) => one.section === "server")).toMatchObject({
      editable: true,
      restart: true,
      schema: { type: "object" },
    });
    expect((await get("/admin/settings/nothing")).error.code).toBe("unknown_section");
    expect((await put("nothing", { value: {} })).status).toBe(404);
    expect((await put("limits", {})).body.error).toMatchObject({ code: "invalid_request", param: "value" });
  });

  it("counts changes and logs who made them, and tells open pages", async () => {
    await put("limits", { value: [{ scope: "key", subject: "*", rpm: 9 }] });
    await put("limits", { value: [{ scope: "key" }] });
    const { body } = await weir.app.inject({ url: "/metrics" });
    expect(body).toContain('weir_settings_edits_total{section="limits",outcome="applied"} 1');
    expect(body).toContain('weir_settings_edits_total{section="limits",outcome="refused"} 1');
    expect(weir.logged.find(({ msg }) => msg === "settings changed")).toMatchObject({
      section: "limits",
      by: "the admin key",
      revision: 1,
    });
  });
});
