import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { studyFolder } from "./bench/testing/study-folder.ts";
import { commandsOf, linksOf, openWorkplace, readDocument, root, type Workplace } from "./docs/testing/document.ts";

const readme = readDocument("README.md");
const data = process.env["WEIR_DATA"] ?? join(root, "..", "shared", "data");
const hasData = existsSync(data);
if (!hasData) console.warn(`README commands over outcome data are skipped: nothing at ${data} (WEIR_DATA)`);

const commands = commandsOf(readme);

/** Commands that take minutes in full run here on less, by flags of their own. */
const SHORTENED: readonly (readonly [RegExp, string])[] = [
  [/train:default/, "--sources zeroeval --estimator ridge --out quick-models --force"],
  [/bench .*--study (?!list)/, "--splits 1 --resamples 20 --estimator ridge"],
  [/bench .*--router/, "--resamples 20"],
  [/ demo /, "--days 1"],
  [/bench:load/, '--seconds 0.3 --rounds 1 --only "named, 0.8 kB, 16|leaves"'],
];

/** Studies take many minutes on all outcomes; here they run on a little that is made up. */
const isStudy = (command: string) => /bench .*--study (?!list)/.test(command);

let workplace: Workplace;
let studyData: string;

beforeAll(async () => {
  studyData = await studyFolder();
  workplace = openWorkplace();
});

afterAll(() => {
  workplace.remove();
  rmSync(studyData, { recursive: true, force: true });
});

describe("README", () => {
  it("has the commands that it is judged by", () => {
    expect(commands[0]).toBe("npm ci && npm start");
    expect(commands).toContain("npm test");
    expect(commands.length).toBeGreaterThan(10);
  });

  it("says nothing of files that are not there", () => {
    expect(linksOf(readme).filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });

  for (const command of commands) {
    if (command === "npm ci && npm start") {
      it("`npm start` serves in demo mode (npm ci has run: this test is its fruit)", startServer);
    } else if (command === "npm test") {
      it("`npm test` is the command that runs this", () => {
        expect(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts.test).toBe("vitest run");
      });
    } else if (command.includes("$WEIR_DATA") && !isStudy(command)) {
      it.runIf(hasData)(`\`${command}\``, () => runs(command), 180_000);
    } else {
      it(`\`${command}\``, () => runs(command), 300_000);
    }
  }
});

async function startServer(): Promise<void> {
  const port = await workplace.start();
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
}

async function runs(command: string): Promise<void> {
  const shortened = SHORTENED.filter(([pattern]) => pattern.test(command)).map(([, flags]) => flags);
  const stdout = await workplace.run([command, ...shortened].join(" "), {
    WEIR_DATA: isStudy(command) ? studyData : data,
  });
  expect(stdout.length).toBeGreaterThan(0);
  if (command.startsWith("curl") && command.includes("/route")) expect(JSON.parse(stdout)).toHaveProperty("model");
}
