import { createSseParser } from "../sse.ts";
import { primed } from "./primed.ts";

/**
 * Server-sent events as one JSON array that grows, which is how Gemini streams without `alt=sse`. Ends the stream that it
 * reads, however early it is ended itself.
 */
export function jsonArrayOf(
  stream: AsyncGenerator<Buffer | string, void, void>,
): Promise<AsyncGenerator<Buffer | string, void, void>> {
  return primed(arrayed(stream));
}

async function* arrayed(
  stream: AsyncGenerator<Buffer | string, void, void>,
): AsyncGenerator<Buffer | string, void, void> {
  const parser = createSseParser();
  let isFirst = true;
  const elements = (frames: readonly { readonly data: string }[]) => {
    let text = "";
    for (const { data } of frames) {
      text += (isFirst ? "[" : ",\r\n") + data;
      isFirst = false;
    }
    return text;
  };
  try {
    yield "";
    for await (const piece of stream) {
      const text = elements(parser.push(typeof piece === "string" ? Buffer.from(piece) : piece));
      if (text !== "") yield text;
    }
    yield `${elements(parser.end())}${isFirst ? "[" : ""}]`;
  } finally {
    await stream.return();
  }
}
