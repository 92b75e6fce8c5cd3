import type { StreamDecoder } from "../../provider.ts";
import { createSseParser, type SseFrame } from "../../sse.ts";
import { faultOf } from "../../upstream-fault.ts";
import type { ChatWriter } from "./chat-writer.ts";

export interface SseVendor {
  /** One frame's JSON; false when it is not what this vendor sends, which breaks the stream. */
  take(json: unknown): boolean;
  /** The connection closed: write what was held back, before the writer ends. */
  close?(): void;
}

/** A decoder of server-sent JSON frames on top of a vendor's reading of one frame. Never throws. */
export function sseDecoder(writer: ChatWriter, vendor: SseVendor): StreamDecoder {
  const parser = createSseParser();

  function takeFrame({ data }: SseFrame): void {
    if (writer.isEnded || data === "") return;
    if (data === "[DONE]") {
      vendor.close?.();
      writer.end();
      return;
    }
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch {
      writer.fail(faultOf("bad_response", "the upstream sent a stream frame that is not JSON"));
      return;
    }
    if (!vendor.take(json)) {
      writer.fail(faultOf("bad_response", "the upstream sent a stream frame of an unknown form"));
    }
  }

  function takeFrames(read: () => SseFrame[]): void {
    if (writer.isEnded) return;
    try {
      for (const frame of read()) takeFrame(frame);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      writer.fail(faultOf("bad_response", error.message));
    }
  }

  return {
    push(bytes) {
      takeFrames(() => parser.push(bytes));
      return writer.take();
    },
    end() {
      takeFrames(() => parser.end());
      if (!writer.isEnded) vendor.close?.();
      writer.end();
      return writer.take();
    },
  };
}
