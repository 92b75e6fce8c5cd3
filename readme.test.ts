import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandsOf, linksOf, openWorkplace, readDocument, root, type Workplace } from "./docs/testing/document.ts";
import { testsOfCommands } from "./docs/testing/document-commands.ts";

/** Commands with a test of their own below. */
const APART = ["npm ci && npm start", "npm test"];

const readme = readDocument("README.md");
const commands = commandsOf(readme);

let workplace: Workplace;

beforeAll(() => {
  workplace = openWorkplace();
});
afterAll(() => workplace.remove());

describe("README", () => {
  it("has the commands that it is judged by", () => {
    expect(commands[0]).toBe("npm ci && npm start");
    expect(commands).toContain("npm test");
    expect(commands.length).toBeGreaterThan(10);
  });

  it("says nothing of files that are not there", () => {
    expect(linksOf(readme).filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });

  it("`npm start` serves in demo mode (npm ci has run: this test is its fruit)", async () => {
    const port = await workplace.start();
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  });

  it("`npm test` is the command that runs this", () => {
    expect(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts.test).toBe("vitest run");
  });

  testsOfCommands(
    commands.filter((command) => !APART.includes(command)),
    () => workplace,
  );
});
