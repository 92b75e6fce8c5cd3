import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { studyFolder } from "./bench/testing/study-folder.ts";

const run = promisify(execFile);
const root = dirname(fileURLToPath(import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const data = process.env["WEIR_DATA"] ?? join(root, "..", "shared", "data");
const hasData = existsSync(data);
if (!hasData) console.warn(`README commands over outcome data are skipped: nothing at ${data} (WEIR_DATA)`);

/** Every line of every `sh` block, in order. */
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap((block) => block[1]!.split("\n"))
  .map((line) => line.replace(/\s+#.*$/, "").trim())
  .filter((line) => line !== "" && !line.startsWith("#"));

/** Commands that take minutes in full run here on less, by flags of their own. */
const SHORTENED: readonly (readonly [RegExp, string])[] = [
  [/train:default/, "--sources zeroeval --estimator ridge --out quick-models --force"],
  [/bench .*--study (?!list)/, "--splits 1 --resamples 20 --estimator ridge"],
  [/bench .*--router/, "--resamples 20"],
];

/** Studies take many minutes on all outcomes; here they run on a little that is made up. */
const isStudy = (command: string) => /bench .*--study (?!list)/.test(command);

/** A folder that looks like the checkout but takes what the commands write. */
let workplace: string;
let studyData: string;
let server: ChildProcess | null = null;
let port = 0;

beforeAll(async () => {
  studyData = await studyFolder();
  workplace = mkdtempSync(join(tmpdir(), "weir-readme-"));
  for (const name of ["package.json", "dist", "datasets", "models", "node_modules"]) {
    symlinkSync(join(root, name), join(workplace, name));
  }
});

afterAll(() => {
  server?.kill();
  for (const folder of [workplace, studyData]) rmSync(folder, { recursive: true, force: true });
});

describe("README", () => {
  it("has the commands that it is judged by", () => {
    expect(commands[0]).toBe("npm ci && npm start");
    expect(commands).toContain("npm test");
    expect(commands.length).toBeGreaterThan(10);
  });

  it("says nothing of files that are not there", () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1]!);
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
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
      it(`\`${command}\``, () => runs(command));
    }
  }
});

async function startServer(): Promise<void> {
  const env = { ...process.env, PORT: "0", WEIR_CONFIG: "" };
  server = spawn("npm", ["start"], { cwd: workplace, env, stdio: ["ignore", "pipe", "inherit"], detached: false });
  let printed = "";
  await new Promise<void>((resolve, reject) => {
    server!.stdout!.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(printed);
      if (found === null) return;
      port = Number(found[1]);
      resolve();
    });
    server!.once("exit", () => reject(new Error(`npm start ended: ${printed}`)));
  });
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect(ready.status).toBe(200);
}

async function runs(command: string): Promise<void> {
  const shortened = SHORTENED.filter(([pattern]) => pattern.test(command)).map(([, flags]) => flags);
  const line = [command.replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`), ...shortened].join(" ");
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", line], {
    cwd: workplace,
    env: { ...process.env, WEIR_DATA: isStudy(command) ? studyData : data },
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(stdout.length).toBeGreaterThan(0);
  if (command.startsWith("curl") && command.includes("/route")) expect(JSON.parse(stdout)).toHaveProperty("model");
}
