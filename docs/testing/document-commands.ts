import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { studyFolder } from "../../bench/testing/study-folder.ts";
import { root, type Workplace } from "./document.ts";

const data = process.env["WEIR_DATA"] ?? join(root, "..", "shared", "data");
const hasData = existsSync(data);

/** Commands that take minutes in full run here on less, by flags of their own. */
const SHORTENED: readonly (readonly [RegExp, string])[] = [
  [/train:default/, "--sources zeroeval --estimator ridge --out quick-models --force"],
  [/bench .*--study (?!list)/, "--splits 1 --resamples 20 --estimator length --no-ngrams"],
  [/bench .*--router/, "--resamples 20"],
  [/ demo /, "--days 1"],
  [/bench:load/, '--seconds 0.3 --rounds 1 --only "named, 0.8 kB, 16|leaves"'],
];

/** Studies take many minutes on all outcomes; here they run on a little that is made up. */
const isStudy = (command: string) => /bench .*--study (?!list)/.test(command);

/** Of what is made up: bench/run-study.test.ts has all of it. */
const STUDY_SHARE = 0.4;

/** A test for each command of a document: it ends well and prints something, unless that goes to a file. */
export function testsOfCommands(commands: readonly string[], workplace: () => Workplace): void {
  const studies = commands.filter(isStudy);
  let studyData = "";
  if (studies.length > 0) {
    beforeAll(async () => {
      studyData = await studyFolder(STUDY_SHARE);
    });
    afterAll(() => rmSync(studyData, { recursive: true, force: true }));
  }
  const runs = async (command: string) => {
    const shortened = SHORTENED.filter(([pattern]) => pattern.test(command)).map(([, flags]) => flags);
    const printed = await workplace().run([command, ...shortened].join(" "), {
      WEIR_DATA: isStudy(command) ? studyData : data,
    });
    if (!command.includes(" > ")) expect(printed).not.toBe("");
    if (command.startsWith("curl") && command.includes("/route ")) expect(JSON.parse(printed)).toHaveProperty("model");
  };
  for (const command of commands) {
    const needsData = command.includes("$WEIR_DATA") && !isStudy(command);
    if (needsData && !hasData) console.warn(`skipped: ${command}: nothing at ${data} (WEIR_DATA)`);
    it.runIf(hasData || !needsData)(`\`${command}\``, () => runs(command), 300_000);
  }
}
