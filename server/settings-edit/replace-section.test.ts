// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { readConfigText } from "./config-text.ts";
import { replaceSection } from "./replace-section.ts";

const TEXT = `# top
limits:   # whom
  # first
  - { scope: key, subject: "*", rpm: 60 }   # inline
  - scope: team
    subject: x   # aligned

    rpm: 5
  # at the end

# about guardrails
guardrails: []
auth: {required: false}
`;

function put(text: string, section: string, value: unknown): string | null {
  return replaceSection(readConfigText(text), section, value === null ? null : { kind: "value", value });
}

describe("replaceSection", () => {
  it("changes the words of one value and not a space besides", () => {
    const next = [
      { scope: "key", subject: 'a"b', rpm: 60 },
      { scope: "team", subject: "${X}", rpm: 7 },
    ];
    expect(put(TEXT, "limits", next)).toBe(
      TEXT.replace('"*"', '"a\\"b"').replace("rpm: 5", "rpm: 7").replace("subject: x", "subject: ${X}"),
    );
    expect(put(TEXT, "auth", { required: true })).toBe(TEXT.replace("false", "true"));
  });

  it("moves comments with the items that they stand beside, by the items' names", () => {
    const next = [
      { scope: "team", subject: "x", rpm: 5 },
      { scope: "user", subject: "u", tpm: 1 },
      { scope: "key", subject: "*", rpm: 60 },
    ];
    expect(put(TEXT, "limits", next)).toBe(
      TEXT.replace(
        /limits:[\s\S]*(?=\n# about)/,
        `limits:   # whom
  # first
  - scope: team
    subject: x # aligned

    rpm: 5
  - scope: user
    subject: u
    tpm: 1
  - { scope: key, subject: "*", rpm: 60 } # inline
  # at the end
`,
      ),
    );
  });

  it("takes a section away with its own comments, and none of what follows", () => {
    expect(put(TEXT, "limits", null)).toBe(TEXT.replace(/limits:[\s\S]*(?=\n# about)/, ""));
    expect(put(TEXT, "nothing", null)).toBe(TEXT);
  });

  it("adds a section behind the last one, whether or not that line ends", () => {
    expect(put(TEXT, "cache", { ttlSeconds: 5 })).toBe(`${TEXT}cache:\n  ttlSeconds: 5\n`);
    expect(put(TEXT.trimEnd(), "cache", { ttlSeconds: 5 })).toBe(`${TEXT}cache:\n  ttlSeconds: 5\n`);
    for (const empty of ["", "# nothing yet\n", "\n"]) {
      expect(put(empty, "auth", { required: true })).toBe(`${empty}auth:\n  required: true\n`);
    }
  });

  it.each([
    ["a byte order mark", `\uFEFF${TEXT}`],
    ["Windows line ends", TEXT.replaceAll("\n", "\r\n")],
    ["no last line end", TEXT.trimEnd()],
    ["a document's start", `---\n${TEXT}`],
    ["a key in quotes", TEXT.replace("limits:", '"limits":')],
    ["wide indents", TEXT.replace(/^ {2}(?=[^ ])/gm, "      ").replace(/^ {4}(?=[^ ])/gm, "        ")],
  ])("keeps %s", (_, text) => {
    const items = [
      { scope: "key", subject: "*", rpm: 1 },
      { scope: "route", subject: "r", parallel: 2 },
    ];
    const next = put(text, "limits", items)!;
    expect(parse(next.replace("\uFEFF", "")).limits).toEqual(items);
    const [before, after] = [text.slice(0, text.indexOf("limits")), text.slice(text.indexOf("# about"))];
    expect(next.startsWith(before)).toBe(true);
    expect(next.endsWith(after)).toBe(true);
    expect(next.includes("\r\n") && /[^\r]\n/.test(next)).toBe(false);
  });

  it.each([
    ["anchors", "limits: &all []\ncache: {}\n", /anchors or aliases/],
    ["aliases", "cache: &c {}\nlimits: *c\n", /anchors or aliases/],
  ])("refuses a section with %s, and says why", (_, text, reason) => {
    expect(readConfigText(text).sections.get("limits")?.reason).toMatch(reason);
    expect(readConfigText(text).reason).toBeNull();
  });

  it.each([
    ["a key that is there twice", "limits: []\nlimits: []\n", /no valid YAML/],
    ["two documents", "limits: []\n---\nlimits: []\n", /no valid YAML/],
    ["braces around all", '{ "limits": [] }\n', /below the other/],
    ["a list", "- limits\n", /below the other/],
    ["an indent before all", "  limits: []\n  cache: {}\n", /first column/],
  ])("refuses a file with %s, and says why", (_, text, reason) => {
    expect(readConfigText(text).reason).toMatch(reason);
  });

  it("refuses what the end of the file does not allow", () => {
    expect(put("auth: {}\n...\n", "limits", [])).toBeNull();
  });

  it("says any value of any section, and changes no byte of the others", () => {
    const text = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom(
        "${NAME}",
        "*",
        "yes",
        "- a",
        "# x",
        "a: b",
        "1.0",
        "null",
        " ",
        "a\nb\n\n",
        "<<",
        "&a",
        "'",
        '"',
        "é\u2028",
      ),
    );
    const key = fc.oneof(fc.string({ minLength: 1, maxLength: 6 }), fc.constantFrom("a", "b", "id", "name", "1", "<<"));
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        text,
        fc.integer(),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map((number) => number + 0),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(
          key.filter((name) => name !== "__proto__"),
          tie("value"),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    }));
    const file = fc.record({
      values: fc.tuple(value, value, value),
      flow: fc.boolean(),
      indentSeq: fc.boolean(),
      lineEnd: fc.constantFrom("\n", "\r\n"),
      mark: fc.constantFrom("", "\uFEFF"),
      isEnded: fc.boolean(),
    });
    fc.assert(
      fc.property(file, fc.nat(3), value, ({ values, flow, indentSeq, lineEnd, mark, isEnded }, at, next) => {
        const parts = values.map((one, i) => {
          const written = stringify(
            { [`s${i}`]: one },
            { lineWidth: 0, indentSeq, ...(flow ? { collectionStyle: "flow" } : {}) },
          );
          return flow ? written.replace(/^\{ ?/, "").replace(/ ?\}\n$/, "\n") : written;
        });
        const whole = `# top\n${parts.map((part, i) => `# about ${i}\n${part}\n`).join("")}`.replaceAll("\n", lineEnd);
        const file = readConfigText(mark + (isEnded ? whole : whole.trimEnd()));
        fc.pre(file.reason === null && file.sections.size === 3);
        const section = `s${at}`;
        const made = replaceSection(file, section, { kind: "value", value: next });
        expect(made).not.toBeNull();
        const read = readConfigText(made!);
        expect(read.mark).toBe(mark);
        expect(read.sections.get(section)?.value).toEqual(next);
        for (const [name, old] of file.sections)
          if (name !== section) expect(read.sections.get(name)?.text.trimEnd()).toBe(old.text.trimEnd());
        const gone = replaceSection(read, section, null);
        expect(readConfigText(gone!).sections.has(section)).toBe(false);
      }),
      { seed: 20_261_123, numRuns: 200 },
    );
  });
});
