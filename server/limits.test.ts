import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "./testing/build-test-app.ts";

describe("over a real socket", () => {
  let test: TestApp;
  let port: number;
  beforeAll(async () => {
    test = await buildTestApp();
    await test.app.listen({ port: 0, host: "127.0.0.1" });
    const address = test.app.server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
  });
  afterAll(() => test.close());

  /** Sends bytes and collects the answer until the server hangs up or `until` has come. */
  function exchange(parts: readonly (string | Buffer)[], until: string | RegExp = "\r\n\r\n"): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      let answer = "";
      socket.on("connect", () => {
        for (const part of parts) socket.write(part);
      });
      socket.on("data", (chunk) => {
        answer += chunk.toString("utf8");
        if (typeof until === "string" ? answer.includes(until) : until.test(answer)) socket.end();
      });
      // A server that refuses a body hangs up while it is still being sent.
      socket.on("error", (error: NodeJS.ErrnoException) => (answer === "" ? reject(error) : resolve(answer)));
      socket.on("close", () => resolve(answer));
    });
  }

  const head = (length: number) =>
    `POST /route HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

  it("refuses a body above 1 MiB by its announced length, before it is sent", async () => {
    const answer = await exchange([head(10_000_000), '{"prompt":"'], "body_too_large");
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
    expect(answer).toContain("1 MiB");
  });

  it("refuses a chunked body once it is above 1 MiB", async () => {
    const start =
      "POST /route HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    const chunk = Buffer.alloc(600_000, 0x20);
    const chunks = [`${chunk.length.toString(16)}\r\n`, chunk, "\r\n"];
    expect(await exchange([start, ...chunks, ...chunks], "body_too_large")).toMatch(/^HTTP\/1\.1 413/);
  });

  it("answers broken UTF-8 with 400", async () => {
    const body = Buffer.from('{"prompt":"\xff\xfe"}', "latin1");
    expect(await exchange([head(body.length), body], "invalid_utf8")).toMatch(/^HTTP\/1\.1 400/);
  });

  it("answers what is no HTTP with 400 and hangs up", async () => {
    expect(await exchange(["this is not http\r\n\r\n"])).toMatch(/^HTTP\/1\.1 400/);
  });

  it("survives clients that leave in the middle of a body or before the answer", async () => {
    for (let i = 0; i < 20; i++) {
      const socket = connect(port, "127.0.0.1");
      await new Promise((resolve) => socket.once("connect", resolve));
      socket.write(i % 2 === 0 ? `${head(100)}{"pro` : `${head(14)}{"prompt":"a"}`);
      socket.destroy();
    }
    const body = '{"prompt":"a"}';
    expect(await exchange([head(body.length) + body], "timing_ms")).toMatch(/^HTTP\/1\.1 200/);
  });

  it("keeps the connection for the next request", async () => {
    const body = '{"prompt":"a"}';
    const answer = await exchange([(head(body.length) + body).repeat(3)], /(timing_ms[\s\S]*){3}/);
    expect(answer.match(/HTTP\/1\.1 200/g) ?? []).toHaveLength(3);
  });
});
