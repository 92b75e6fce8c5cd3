/** Cuts a stream of server-sent events into whole frames, as the bytes came, so that they can be passed on untouched. */
export interface FrameSplitter {
  push(bytes: Buffer): Buffer[];
  /** What came after the last frame; null when nothing did. */
  rest(): Buffer | null;
}

const LF = 10;
const CR = 13;

export function createFrameSplitter(): FrameSplitter {
  let pending: Buffer = Buffer.alloc(0);

  return {
    push(bytes) {
      const all = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      const frames: Buffer[] = [];
      let start = 0;
      // The end of a frame may straddle two pushes: look again at the last three bytes of what was pending.
      let at = Math.max(0, pending.length - 3);
      for (;;) {
        const end = frameEnd(all, Math.max(at, start));
        if (end === -1) break;
        frames.push(all.subarray(start, end));
        start = end;
        at = end;
      }
      pending = start === 0 ? all : all.subarray(start);
      return frames;
    },
    rest() {
      const rest = pending.length === 0 ? null : pending;
      pending = Buffer.alloc(0);
      return rest;
    },
  };
}

/** End of the first empty line at or after `from`: LF LF, CR CR or CRLF CRLF. -1 when there is none yet. */
function frameEnd(bytes: Buffer, from: number): number {
  for (let at = from; ; at++) {
    const lf = bytes.indexOf(LF, at);
    const cr = bytes.indexOf(CR, at);
    at = lf === -1 ? cr : cr === -1 ? lf : Math.min(lf, cr);
    if (at === -1) return -1;
    if (bytes[at] === LF && bytes[at + 1] === LF) return at + 2;
    if (bytes[at] === CR && bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF) return at + 4;
    if (bytes[at] === CR && bytes[at + 1] === CR) return at + 2;
  }
}
