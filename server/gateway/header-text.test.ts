import { validateHeaderValue } from "node:http";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headerList, headerText } from "./header-text.ts";

describe("a client's words in a header", () => {
  it("stay as they are where they are plain, and are escaped where they are not", () => {
    expect(headerText("o/gpt-4o")).toBe("o/gpt-4o");
    expect(headerText("o/é\n🦦")).toBe("o/%c3%a9%0a%f0%9f%a6%a6");
  });

  it("are always a header that Node takes and a client's buffer bears", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary" }), { maxLength: 200 }),
        fc.string({ unit: "binary" }),
        (names, name) => {
          const text = headerList([...names, `${name}\ud800`]);
          validateHeaderValue("x-weir-dropped", text);
          expect(text.length).toBeLessThan(1_100);
        },
      ),
    );
  });

  it("of which there are very many are counted", () => {
    expect(headerList(["a", "b"])).toBe("a, b");
    const many = headerList(Array.from({ length: 3_000 }, (_, i) => `field_${i}`));
    expect(many).toMatch(/^field_0, .*, and \d+ more$/);
  });
});
