import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DatasetError } from "./errors.ts";
import { createArraySplitter, splitJsonArray } from "./read-json-array.ts";

function split(bytes: Uint8Array, cuts: readonly number[] = []): unknown[] {
  const splitter = createArraySplitter("f");
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const items: unknown[] = [];
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    items.push(...splitter.push(bytes.subarray(from, end)).map(({ value }) => value));
    from = end;
  }
  splitter.end();
  return items;
}

const item = fc.jsonValue().filter((value) => value !== undefined);

describe("createArraySplitter", () => {
  it("gives back the items of any JSON array, wherever the chunks are cut and however it is indented", () => {
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 12 }),
        fc.nat(4),
        fc.array(fc.nat(), { maxLength: 20 }),
        (array, indent, cuts) => {
          const bytes = Buffer.from(JSON.stringify(array, null, indent));
          expect(split(bytes, cuts)).toEqual(JSON.parse(bytes.toString()));
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });

  it("answers any bytes with items or a DatasetError that names the line", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          split(Buffer.concat([Buffer.from("["), bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(DatasetError);
          expect((error as DatasetError).place).toMatch(/^f:\d+$/);
        }
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  it.each([
    ["", "not a JSON array"],
    ["{}", "not a JSON array"],
    ["[1, 2", "cut short"],
    ["[1,,2]", "missing between commas"],
    ["[1,]", "missing between commas"],
    ["[1] x", "after the end"],
    ['[{"a":tru}]', "not valid JSON"],
  ])("refuses %s", (text, reason) => {
    expect(() => split(Buffer.from(text))).toThrow(reason);
  });

  it("says on which line an item begins", async () => {
    const chunks = (async function* () {
      yield Buffer.from('[\n  {"a": 1},\n');
      yield Buffer.from('  {"a":\n 2}\n]');
    })();
    const lines: number[] = [];
    for await (const items of splitJsonArray(chunks, "f")) lines.push(...items.map(({ line }) => line));
    expect(lines).toEqual([2, 3]);
  });
});
