/**
 * The least that a metering gateway does: bodies parsed on both sides, the model written, usage read. No key, limit,
 * budget, decision or log. Its one argument is the upstream's address.
 */
import { createServer } from "node:http";
import { Pool } from "undici";
import { listening } from "./listening.ts";
import { ownMetrics } from "./own-metrics.ts";

const pool = new Pool(process.argv[2]!, { connections: 256, pipelining: 1 });
let tokens = 0;

function meter(text: string): void {
  // The bench's own upstream wrote it.
  tokens += (JSON.parse(text) as { usage?: { total_tokens?: number } | null }).usage?.total_tokens ?? 0;
}

const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.end(`${ownMetrics()}# ${tokens}\n`);
    return;
  }
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const body = { ...(JSON.parse(Buffer.concat(parts).toString()) as object), model: "gpt-4o-mini" };
    const answer: Buffer[] = [];
    let isStream = false;
    let rest = "";
    let abort: ((reason: Error) => void) | null = null;
    response.on("close", () => {
      if (!response.writableFinished) abort?.(new Error("the client left"));
    });
    pool.dispatch(
      {
        path: request.url!,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      },
      {
        onRequestStart(controller) {
          abort = (reason) => controller.abort(reason);
        },
        onResponseStart(_controller, status, headers) {
          const type = String(headers["content-type"]);
          isStream = type.startsWith("text/event-stream");
          const length = headers["content-length"];
          response.writeHead(status, {
            "content-type": type,
            ...(length === undefined ? {} : { "content-length": String(length) }),
          });
        },
        onResponseData(_controller, chunk) {
          if (!isStream) {
            answer.push(chunk);
            return;
          }
          response.write(chunk);
          rest += chunk.toString();
          for (let end = rest.indexOf("\n\n"); end !== -1; end = rest.indexOf("\n\n")) {
            const line = rest.slice(0, end);
            rest = rest.slice(end + 2);
            if (line.startsWith("data: {")) meter(line.slice(6));
          }
        },
        onResponseEnd() {
          const bytes = Buffer.concat(answer);
          if (!isStream) meter(bytes.toString());
          response.end(bytes);
        },
        onResponseError() {
          response.destroy();
        },
      },
    );
  });
});
listening(server);
