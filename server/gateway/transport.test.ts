import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createTransport, type Transport, type TransportOptions } from "./transport.ts";

const OPTIONS: TransportOptions = { proxy: null, connectTimeoutMs: 2_000, maxAnswerBytes: 1024 };
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function opened(options: Partial<TransportOptions> = {}): Transport {
  const transport = createTransport({ ...OPTIONS, ...options });
  closing.push(() => transport.close());
  return transport;
}

const send = (transport: Transport, url: string) =>
  transport.send({ method: "POST", url, headers: {}, body: "{}" }, new AbortController().signal);

describe("the transport", () => {
  it("goes through the outbound proxy where one is configured", async () => {
    const upstream = await listening(createServer((_request, response) => response.end("from the upstream")));
    const through: string[] = [];
    const proxy = createServer((request, response) => {
      // An absolute address: the proxy asks in the client's stead.
      through.push(request.url!);
      response.end("from the upstream");
    });
    proxy.on("connect", (request, socket, head) => {
      through.push(request.url!);
      const [host, port] = request.url!.split(":");
      const onward = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    const answer = await send(opened({ proxy: await listening(proxy) }), `${upstream}/v1/x?y=1`);
    expect((await answer.bytes()).toString()).toBe("from the upstream");
    expect(through).toHaveLength(1);
    expect(through[0]).toContain(new URL(upstream).host);
  });

  it("lets an upstream write no further than its reader reads, and gives all of it in the end", async () => {
    const piece = Buffer.alloc(64 * 1024, "x");
    const whole = 48 * 1024 * 1024;
    let written = 0;
    const upstream = await listening(
      createServer((_request, response) => {
        const more = () => {
          while (written < whole) {
            written += piece.length;
            if (!response.write(piece)) {
              response.once("drain", more);
              return;
            }
          }
          response.end();
        };
        more();
      }),
    );
    const answer = await send(opened(), upstream);
    let read = (await answer.read())!.length;
    // As long as anything still moves: what stands in the sockets' own buffers is all that may be on the way.
    for (let before = -1, still = 0; still < 50; ) {
      still = written === before ? still + 1 : 0;
      before = written;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(written).toBeLessThan(whole / 2);
    for (let chunk = await answer.read(); chunk !== null; chunk = await answer.read()) read += chunk.length;
    expect(read).toBe(whole);
  });

  it("refuses an answer that is longer than it may hold", async () => {
    const upstream = await listening(createServer((_request, response) => response.end("x".repeat(2_000))));
    const answer = await send(opened(), upstream);
    await expect(answer.bytes()).rejects.toMatchObject({ fault: { kind: "bad_response" } });
  });

  it("joins repeated headers under lower-case names", async () => {
    const upstream = await listening(
      createServer((_request, response) => {
        response.setHeader("X-Warn", ["a", "b"]);
        response.end();
      }),
    );
    expect((await send(opened(), upstream)).headers["x-warn"]).toBe("a, b");
  });
});
