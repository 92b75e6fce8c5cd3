import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  blocksOf,
  commandsOf,
  linksOf,
  openWorkplace,
  readDocument,
  root,
  type Workplace,
} from "./testing/document.ts";
import { testsOfCommands } from "./testing/document-commands.ts";

/** The studies are a file of tests by themselves: they take longest. */
const ELSEWHERE = ["results.md"];

const DOCUMENTS = readdirSync(join(root, "docs"))
  .filter((file) => file.endsWith(".md") && !ELSEWHERE.includes(file))
  .map((file) => `docs/${file}`);

let workplace: Workplace;
let port = 0;

beforeAll(async () => {
  workplace = openWorkplace();
  port = await workplace.start();
});
afterAll(() => workplace.remove());

describe.each(DOCUMENTS)("%s", (path) => {
  const text = readDocument(path);

  it("links to files that are there", () => {
    expect(linksOf(text).filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([]);
  });

  testsOfCommands(commandsOf(text), () => workplace);
});

describe("docs/adding.md", () => {
  it("shows a verifier as it is", () => {
    const file = readDocument("server/observation/verifiers/regex.ts");
    expect(blocksOf(readDocument("docs/adding.md"), "ts")).toContain(file);
  });
});

describe("docs/clients.md", () => {
  const hasPython = spawnSync("python3", ["--version"]).status === 0;
  it.runIf(hasPython)("has no example in Python that Python cannot read", () => {
    const examples = blocksOf(readDocument("docs/clients.md"), "python");
    expect(examples.length).toBeGreaterThan(5);
    for (const input of examples) {
      const { stderr } = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], { input });
      expect(stderr.toString()).toBe("");
    }
  });

  it.each(
    blocksOf(readDocument("docs/clients.md"), "ts").map((code) => [
      /from "(?!openai)([^"]+)"/.exec(code)?.[1] ?? "openai",
      code,
    ]),
  )("the example with %s runs as it stands", async (_, code) => {
    const file = join(workplace.folder, "example.mjs");
    writeFileSync(file, code.replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`));
    expect((await workplace.run("node example.mjs")).trim()).not.toBe("");
  });
});
