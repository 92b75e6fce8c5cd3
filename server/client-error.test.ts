import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerClientError } from "./client-error.ts";
import { buildTestApp, type TestApp } from "./testing/build-test-app.ts";

let host: TestApp;
let port: number;

beforeAll(async () => {
  host = await buildTestApp();
  await host.app.listen({ port: 0, host: "127.0.0.1" });
  port = (host.app.server.address() as AddressInfo).port;
});
afterAll(() => host.close());

/** What comes back for bytes that are written as they are. */
function answerTo(bytes: string, to = port): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(to, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("what never became a request", () => {
  it.each([
    [
      "headers without end",
      `GET /v1/models HTTP/1.1\r\nhost: x\r\nx-junk: ${"a".repeat(17_000)}\r\n\r\n`,
      431,
      "headers_too_large",
    ],
    ["bytes that are no HTTP", "hello\r\n\r\n", 400, "invalid_http"],
  ])("is answered in a shape that clients read: %s", async (_, bytes, status, code) => {
    const text = await answerTo(bytes);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const body = JSON.parse(text.split("\r\n\r\n")[1]!);
    expect(body.error).toMatchObject({ code, param: null });
    expect(body.error.message.length).toBeGreaterThan(5);
  });

  it("is told that it took too long, by the same hand", async () => {
    const slow = createServer({ requestTimeout: 50, headersTimeout: 50, connectionsCheckingInterval: 10 });
    slow.on("clientError", answerClientError);
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    const text = await answerTo(
      "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n",
      (slow.address() as AddressInfo).port,
    );
    expect(text).toMatch(/^HTTP\/1.1 408 .*"code":"request_timeout"/s);
    await new Promise((resolve) => slow.close(resolve));
  });
});
