import { describe, expect, it } from "vitest";
import { formField } from "./form-field.ts";

const TYPE = "multipart/form-data; boundary=x";
const part = (disposition: string, value: string) =>
  `--x\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`;
const read = (body: string, type = TYPE) => {
  const bytes = Buffer.from(body);
  const span = formField(bytes, type, "model");
  return span === null ? null : bytes.toString("utf8", span.start, span.end);
};

describe("a form's field", () => {
  it.each([
    ["first", `${part('name="model"', "whisper-1")}${part('name="file"; filename="a"', "bytes")}--x--\r\n`],
    [
      "behind a file",
      `${part('name="file"; filename="a"', "\r\n--y\r\n")}${part('name="model"', "whisper-1")}--x--\r\n`,
    ],
    [
      "with a type of its own",
      `--x\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=model\r\n\r\nwhisper-1\r\n--x--`,
    ],
  ])("is found %s", (_, body) => expect(read(body)).toBe("whisper-1"));

  it("is found behind a quoted boundary", () =>
    expect(read(`${part('name="model"', "m")}--x--`, 'multipart/form-data; charset=utf-8; boundary="x"')).toBe("m"));

  it.each([
    ["a file of that name", `${part('name="model"; filename="a"', "m")}--x--`, TYPE],
    ["a field that never ends", '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nm', TYPE],
    ["no form", "{}", "application/json"],
    ["no boundary", part('name="model"', "m"), "multipart/form-data"],
    ["nothing", "", TYPE],
  ])("is not found in %s", (_, body, type) => expect(read(body, type)).toBeNull());
});
