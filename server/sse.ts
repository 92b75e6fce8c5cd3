/** One server-sent event. */
export interface SseFrame {
  /** null when the frame names none. */
  readonly event: string | null;
  readonly data: string;
}

/** Longest frame that we hold while it is incomplete; an upstream that sends more is broken. */
const MAX_FRAME_CHARS = 16 * 1024 * 1024;

/**
 * Cuts a byte stream into server-sent events, whatever the chunking: frames end at an empty line, lines end at LF, CR
 * or CRLF, comments and unknown fields are passed over, several `data` lines join with LF.
 *
 * @source WHATWG HTML, section 9.2.6 "Interpreting an event stream"
 */
export function createSseParser(): { push(bytes: Uint8Array): SseFrame[]; end(): SseFrame[] } {
  const decoder = new TextDecoder("utf-8");
  /** Between characters, with the byte order mark behind us: plain conversion gives what the decoder would, sooner. */
  let isAligned = false;
  let rest = "";
  let event: string | null = null;
  let data: string[] = [];

  function textOf(bytes: Uint8Array): string {
    const endsAligned = bytes.length > 0 && bytes[bytes.length - 1]! < 0x80;
    if (isAligned && endsAligned && Buffer.isBuffer(bytes)) return bytes.toString("utf8");
    const text = decoder.decode(bytes, { stream: true });
    isAligned = endsAligned;
    return text;
  }

  function takeLine(line: string, frames: SseFrame[]): void {
    if (line === "") {
      if (data.length > 0) frames.push({ event, data: data.join("\n") });
      event = null;
      data = [];
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") data.push(value);
    else if (field === "event") event = value;
  }

  function takeLines(text: string, isLast: boolean): SseFrame[] {
    const frames: SseFrame[] = [];
    let start = 0;
    let lf = text.indexOf("\n");
    let cr = text.indexOf("\r");
    while (lf !== -1 || cr !== -1) {
      const at = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr;
      // A CR at the very end may be half of a CRLF: wait for the next bytes.
      if (at === cr && at + 1 === text.length && !isLast) break;
      takeLine(text.slice(start, at), frames);
      start = at === cr && text[at + 1] === "\n" ? at + 2 : at + 1;
      if (lf !== -1 && lf < start) lf = text.indexOf("\n", start);
      if (cr !== -1 && cr < start) cr = text.indexOf("\r", start);
    }
    rest = text.slice(start);
    if (rest.length > MAX_FRAME_CHARS) throw new RangeError(`a stream line is over ${MAX_FRAME_CHARS} characters`);
    return frames;
  }

  return {
    push(bytes) {
      return takeLines(rest + textOf(bytes), false);
    },
    end() {
      const frames = takeLines(rest + decoder.decode(), true);
      if (rest !== "") takeLine(rest, frames);
      takeLine("", frames);
      rest = "";
      return frames;
    },
  };
}

/** Text of one event; `data` must hold no line break (JSON never does). */
export function sseFrame(event: string | null, data: string): string {
  return event === null ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
}
