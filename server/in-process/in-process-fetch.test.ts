import { once } from "node:events";
import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type InProcessServer, inProcessServer } from "./in-process-fetch.ts";

const PIECE = Buffer.alloc(32 * 1024, "x");
const PIECES = 64;

let app: FastifyInstance;
let server: InProcessServer;
let taken: number;
let hasClosed: Promise<{ readonly isComplete: boolean }>;

beforeAll(async () => {
  app = Fastify();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.all("/echo", async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body.toString() : (request.body ?? null);
    reply.header("x-two", ["a", "b"]).code(201);
    return {
      method: request.method,
      query: request.query,
      type: request.headers["content-type"] ?? null,
      host: request.host,
      body,
    };
  });
  app.get("/nothing", (_request, reply) => reply.code(204).send());
  // Writes as our streams do: on the raw response, waiting for `drain`.
  app.get("/many", async (_request, reply) => {
    reply.hijack();
    const { raw } = reply;
    hasClosed = new Promise((resolve) => raw.once("close", () => resolve({ isComplete: raw.writableFinished })));
    raw.writeHead(200, { "content-type": "text/plain" });
    for (taken = 0; taken < PIECES && !raw.destroyed; taken++) {
      if (!raw.write(PIECE)) await Promise.race([once(raw, "drain"), hasClosed]);
    }
    raw.end();
  });
  app.get("/silence", (_request, reply) => {
    reply.hijack();
    hasClosed = new Promise((resolve) =>
      reply.raw.once("close", () => resolve({ isComplete: reply.raw.writableFinished })),
    );
  });
  app.get("/broken", (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200);
    reply.raw.write("half", () => reply.raw.destroy());
  });
  await app.ready();
  server = inProcessServer(app);
});
afterAll(() => app.close());

describe("requests", () => {
  it.each([
    { name: "a URL as text", input: "https://api.example.com/echo?a=1", host: "api.example.com" },
    { name: "a URL object", input: new URL("https://api.example.com/echo?a=1"), host: "api.example.com" },
    { name: "a path alone", input: "/echo?a=1", host: "weir" },
  ])("are taken as $name", async ({ input, host }) => {
    const response = await server.fetch(input);
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ method: "GET", query: { a: "1" }, type: null, host, body: null });
  });

  it("are taken as a Request, whose method, headers and body count", async () => {
    const request = new Request("http://any/echo", {
      method: "PUT",
      body: '{"a":1}',
      headers: { "content-type": "application/json" },
    });
    expect(await (await server.fetch(request)).json()).toMatchObject({ method: "PUT", body: { a: 1 } });
  });

  it.each([
    { name: "text", body: "héllo", expected: "héllo" },
    { name: "bytes", body: new TextEncoder().encode("bytes"), expected: "bytes" },
    { name: "a form", body: new URLSearchParams({ a: "1" }), expected: "a=1" },
    { name: "a stream", body: new Blob(["one", "two"]).stream(), expected: "onetwo" },
  ])("carry $name", async ({ body, expected }) => {
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": "application/x-test" } };
    expect(await (await server.fetch("/echo", init as RequestInit)).json()).toMatchObject({ body: expected });
  });
});

describe("answers", () => {
  it("have their status, every header and their address", async () => {
    const response = await server.fetch("http://any/echo");
    expect(response.url).toBe("http://any/echo");
    expect(response.headers.get("x-two")).toBe("a, b");
    expect(response.headers.get("content-type")).toContain("application/json");
  });

  it("without a body have none", async () => {
    const response = await server.fetch("/nothing");
    expect([response.status, response.body]).toEqual([204, null]);
  });

  it("are not written faster than they are read", async () => {
    const response = await server.fetch("/many");
    const reader = response.body!.getReader();
    await reader.read();
    await new Promise((resolve) => setImmediate(resolve));
    // by hand: 64 KiB wait for the reader and as much in the writer, in pieces of 32 KiB, beside the one that was read
    expect(taken).toBeLessThan(8);
    let length = PIECE.length;
    for (let part = await reader.read(); !part.done; part = await reader.read()) length += part.value.length;
    expect(length).toBe(PIECE.length * PIECES);
    expect(await hasClosed).toEqual({ isComplete: true });
  });

  it("end with an error when they break off", async () => {
    const response = await server.fetch("/broken");
    await expect(response.text()).rejects.toThrow("terminated");
  });
});

describe("a caller that leaves", () => {
  it("before the answer gets its own reason, and the handler hears of it", async () => {
    const controller = new AbortController();
    const answer = server.fetch("/silence", { signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
    expect(await hasClosed).toEqual({ isComplete: false });
  });

  it("within the answer gets its own reason, and the handler hears of it", async () => {
    const controller = new AbortController();
    const response = await server.fetch("/many", { signal: controller.signal });
    const reader = response.body!.getReader();
    await reader.read();
    controller.abort(new Error("enough"));
    const drained = (async () => {
      while (!(await reader.read()).done);
    })();
    await expect(drained).rejects.toThrow("enough");
    expect(await hasClosed).toEqual({ isComplete: false });
  });

  it("by no longer reading is heard of too", async () => {
    const response = await server.fetch("/many");
    await response.body!.cancel();
    expect(await hasClosed).toEqual({ isComplete: false });
  });

  it("before it asked is not served at all", async () => {
    await expect(server.fetch("/echo", { signal: AbortSignal.abort(new Error("never")) })).rejects.toThrow("never");
  });
});
