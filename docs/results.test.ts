import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandsOf, linksOf, openWorkplace, readDocument, root, type Workplace } from "./testing/document.ts";
import { testsOfCommands } from "./testing/document-commands.ts";

const PATH = "docs/results.md";
const text = readDocument(PATH);

let workplace: Workplace;
beforeAll(() => {
  workplace = openWorkplace();
});
afterAll(() => workplace.remove());

describe(PATH, () => {
  it("links to files that are there", () => {
    expect(linksOf(text).filter((link) => !existsSync(join(root, dirname(PATH), link)))).toEqual([]);
  });

  testsOfCommands(commandsOf(text), () => workplace);
});
