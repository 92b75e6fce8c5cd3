import fc from "fast-check";
import { expect, it } from "vitest";
import {
  firstField,
  JsonSyntaxError,
  scanArray,
  scanBody,
  scanObject,
  scanValue,
  spliceValues,
  stringHead,
  valueAt,
} from "./json-scan.ts";

it("finds the same fields and values as JSON.parse, whatever the object", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 1, "\t"), (object, indent) => {
      const bytes = Buffer.from(JSON.stringify(object, null, indent));
      const { fields } = scanBody(bytes);
      expect(scanObject(bytes, scanValue(bytes))).toEqual(fields);
      const found = Object.fromEntries([...fields].map(([name, span]) => [name, valueAt(bytes, span)]));
      expect(found).toEqual(JSON.parse(bytes.toString()));
    }),
  );
});

it("finds the same elements as JSON.parse", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (array) => {
      const bytes = Buffer.from(` ${JSON.stringify(array)} `);
      expect(scanArray(bytes, scanValue(bytes)).map((span) => valueAt(bytes, span))).toEqual(
        JSON.parse(bytes.toString()),
      );
    }),
  );
});

it("agrees with JSON.parse on what is JSON, but for escapes inside strings", () => {
  const alphabet = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"a"',
    "1",
    "-",
    "0",
    ".5",
    "e3",
    "true",
    "nul",
    " ",
    "\n",
  );
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      expect(accepts(() => scanValue(Buffer.from(text)))).toBe(accepts(() => JSON.parse(text)));
    }),
    { numRuns: 5000 },
  );
});

it("names the byte at fault", () => {
  const body = Buffer.from('{"model": "gpt", "messages": [1,, 2]}');
  expect(() => scanValue(body)).toThrow(/at byte 32/); // by hand: the second comma
  expect(() => scanValue(Buffer.from('{"a": "open'))).toThrow(JsonSyntaxError);
});

it("takes as a body what is one whole object, in a single pass", () => {
  for (const text of ["[]", "1", '"a"', "{} 1", '{"a":1', '{"a":1}}', ""]) {
    expect(() => scanBody(Buffer.from(text)), text).toThrow(JsonSyntaxError);
  }
  expect(scanBody(Buffer.from(' {"a":1}\n')).fields.get("a")).toEqual({ start: 6, end: 7 });
});

it("finds the elements of a list on the way, of the last one when the name is repeated", () => {
  const lists = new Set(["m"]);
  const elementsOf = (text: string) => {
    const bytes = Buffer.from(text);
    return scanBody(bytes, lists)
      .elements.get("m")
      ?.map((span) => valueAt(bytes, span));
  };
  expect(elementsOf('{"m":[1,{"a":[2]},"x"],"n":[3]}')).toEqual([1, { a: [2] }, "x"]);
  expect(elementsOf('{"m":[1],"m":[2]}')).toEqual([2]);
  expect(elementsOf('{"m":[1],"m":"text"}')).toBeUndefined();
});

it("reads a first field without looking further", () => {
  const read = (text: string) => firstField(Buffer.from(text), { start: 0, end: text.length }, "role")?.text ?? null;
  expect(read('{ "role" : "user", "content": "x" }')).toBe("user");
  expect(read('{"content":"x","role":"user"}')).toBeNull();
  expect(read('{"role":{"a":1}}')).toBeNull();
});

it("replaces values and leaves every other byte alone", () => {
  const body = Buffer.from('{ "x": 1.0e0,\n "model" : "weir/auto", "ü": "\\u00fc" }');
  const { fields } = scanBody(body);
  const edits = [
    { span: fields.get("model")!, json: '"gpt-4o"' },
    { span: fields.get("x")!, json: "2" },
  ];
  expect(spliceValues(body, edits).toString()).toBe('{ "x": 2,\n "model" : "gpt-4o", "ü": "\\u00fc" }');
});

it("cuts the head of a long string without breaking characters or escapes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), fc.nat(60), (text, maxBytes) => {
      const bytes = Buffer.from(JSON.stringify(text));
      const head = stringHead(bytes, { start: 0, end: bytes.length }, maxBytes);
      const wanted = JSON.parse(bytes.toString()) as string;
      expect(wanted.startsWith(head.replace(/[\ud800-\udbff]$/, ""))).toBe(true);
    }),
  );
});

it("refuses nesting that would exhaust the stack", () => {
  expect(() => scanValue(Buffer.from("[".repeat(100_000)))).toThrow(JsonSyntaxError);
});

function accepts(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
