import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../engine/package-root.ts";
import { answerOf, CHEAP, DEAR, FAILS, OTHER, openPlanStage, type PlanStage } from "../testing/plan-stage.ts";

const GUIDE = readFileSync(new URL("docs/clients.md", packageRoot), "utf8");
const say = (content: string) => answerOf({ content }, false);

let stage: PlanStage;
beforeAll(async () => {
  stage = await openPlanStage();
});
afterAll(() => stage.close());

/** The guide's own code, in a process of its own, against the stage. */
async function guideSays(): Promise<string> {
  const [, code] = /## Plans in your own code[\s\S]*?```ts\n([\s\S]*?)```/.exec(GUIDE)!;
  const script = code!.replace("http://127.0.0.1:8080", stage.url).replaceAll("weir-demo", "sk-none");
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    cwd: fileURLToPath(packageRoot),
  });
  return stdout.trim();
}

describe("the guide's code for plans of one's own", () => {
  it("stops where both cheap models agree", async () => {
    stage.behave(say("She has 7. The answer is 7"), say("The answer is 7."), FAILS);
    expect({ said: await guideSays(), asked: stage.asked() }).toEqual({
      said: `${CHEAP} She has 7. The answer is 7`,
      asked: [1, 1, 0],
    });
  });

  it("calls the dear one where they differ, and where one of them fails", async () => {
    stage.behave(say("The answer is 7"), say("The answer is 8"), say("It is 7."));
    expect({ said: await guideSays(), asked: stage.asked() }).toEqual({ said: `${DEAR} It is 7.`, asked: [1, 1, 1] });
    stage.behave(FAILS, say("The answer is 8"), say("It is 7."));
    expect(await guideSays()).toBe(`${DEAR} It is 7.`);
  });

  it("has a cheap answer where the dear call fails", async () => {
    stage.behave(say("The answer is 7"), say("The answer is 8"), FAILS);
    expect(await guideSays()).toMatch(/^(one|two)\/m The answer is [78]$/);
  });
});

describe("a request far from all that the router was trained on", () => {
  const SCHEMA = { type: "object", properties: { apples: { type: "integer" } }, required: ["apples"] };
  const response_format = { type: "json_schema", json_schema: { name: "basket", schema: SCHEMA, strict: true } };

  beforeAll(async () => {
    await stage.host.addVersion("2", 1);
    const file = join(stage.host.folder, "models", "default", "2", "manifest.json");
    // The tiny graph's measure of distance is above 0 for any prompt.
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), outOfDistributionAbove: 0 }));
    await stage.host.service.reload();
  });

  async function ask(more: object) {
    const response = await fetch(`${stage.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "weir/default", messages: [{ role: "user", content: "Count apples." }], ...more }),
    });
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
    return { text: choices[0]!.message.content, headers: response.headers };
  }

  it("is still answered by two cheap models that agree on its JSON: agreement needs no training", async () => {
    stage.behave(say('{"apples": 7}'), say('{ "apples":7 }'), FAILS);
    const { text, headers } = await ask({ response_format });
    expect(JSON.parse(text)).toEqual({ apples: 7 });
    expect(headers.get("x-weir-calls")).toBe(`${CHEAP},${OTHER}`);
    expect(await stage.recordOf(headers.get("x-weir-request-id")!)).toMatchObject({
      decision: { out_of_distribution: true },
      plan: { rule: "agreement", end: "agreed" },
    });
  });

  it("goes to the dear model where they differ, and where neither is JSON of the schema", async () => {
    stage.behave(say('{"apples": 7}'), say('{"apples": 8}'), say('{"apples": 9}'));
    expect((await ask({ response_format })).text).toBe('{"apples": 9}');
    stage.behave(say('{"apples": "7"}'), say('{"apples": "7"}'), say('{"apples": 9}'));
    expect((await ask({ response_format })).text).toBe('{"apples": 9}');
  });

  it("goes to the incumbent by one call where its answer cannot be compared", async () => {
    stage.behave(FAILS, FAILS, say("Apples are fruit."));
    const { text, headers } = await ask({});
    expect({ text, plan: headers.get("x-weir-plan"), asked: stage.asked() }).toEqual({
      text: "Apples are fruit.",
      plan: null,
      asked: [0, 0, 1],
    });
  });
});
