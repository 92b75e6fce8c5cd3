import { sseFrame } from "../../sse.ts";
import type { Framing } from "./render-stream.ts";

/** `alt=sse`: one event an answer, and nothing at the end. */
export const EVENTS: Framing = {
  frame: (json) => sseFrame(null, json),
  end: "",
};

/** Without `alt`: one JSON array that grows. */
export const ARRAY: Framing = {
  frame: (json, isFirst) => (isFirst ? "[" : ",\r\n") + json,
  end: "]",
};
