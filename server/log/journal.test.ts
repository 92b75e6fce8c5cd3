import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { createDrain, type Drain, type Recovered } from "./drain.ts";
import type { LogEntry } from "./entry.ts";
import { entryOfText, entryText } from "./entry-text.ts";
import { decodeFrames, encodeFrame, SEGMENT_MAGIC, slowCrc32 } from "./frames.ts";
import { createJournal, type Journal, type JournalOptions } from "./journal.ts";
import { isAbandoned, parseSegmentFile, segmentFile, thisWriter } from "./segment-name.ts";
import { logEntry, trafficOf } from "./testing/make-entries.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-journal-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A database in memory that can be told to fail. */
function fakeStore() {
  const rows = new Map<string, LogEntry>();
  const store = {
    rows,
    isDown: false,
    async write(entries: readonly LogEntry[]) {
      if (store.isDown) throw new Error("the database is down");
      const fresh = entries.filter(({ id }) => !rows.has(id));
      for (const entry of fresh) rows.set(entry.id, entry);
      return { written: fresh.length, known: entries.length - fresh.length, refused: 0 };
    },
    async sync() {
      if (store.isDown) throw new Error("the database is down");
    },
  };
  return store;
}

function both(options: Partial<JournalOptions> = {}) {
  const store = fakeStore();
  const errors: unknown[] = [];
  const recovered: Recovered[] = [];
  const writer = thisWriter(1_000);
  let journal: Journal;
  const drain: Drain = createDrain({
    folder,
    writer,
    store,
    onTaken: (bytes) => journal.taken(bytes),
    onError: (error) => errors.push(error),
    onRecovered: (found) => recovered.push(found),
    clock: Date.now,
  });
  journal = createJournal({
    folder,
    writer,
    maxBytes: 10_000_000,
    syncMs: 5,
    onGrown: drain.grown,
    onError: (error) => errors.push(error),
    ...options,
  });
  return { store, errors, recovered, journal, drain, writer };
}

/** What a process that was killed leaves: its segment with these bytes. */
function leave(bytes: Buffer, start = "dead"): string {
  const file = segmentFile({ ...thisWriter(1), pid: process.pid, start }, 0);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), bytes);
  return file;
}

function segmentOf(entries: readonly LogEntry[]): Buffer {
  return Buffer.concat([SEGMENT_MAGIC, ...entries.map((entry) => encodeFrame(entryText(entry)))]);
}

const ENTRIES = Array.from({ length: 50 }, (_, i) => logEntry(i));

describe("frames", () => {
  it("has the checksum of the standard's own check value", () => {
    // CRC-32/ISO-HDLC of "123456789" (Williams, A Painless Guide to CRC).
    expect(slowCrc32(Buffer.from("123456789"))).toBe(0xcbf43926);
    const frame = encodeFrame("123456789");
    expect(frame.readUInt32LE(4)).toBe(0xcbf43926);
  });

  it("gives every whole record before a tear, wherever it is torn", () => {
    const frames = ENTRIES.slice(0, 5).map((entry) => encodeFrame(entryText(entry)));
    const bytes = Buffer.concat(frames);
    const ends = frames.map((_, i) => frames.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { texts, used, damaged } = decodeFrames(bytes.subarray(0, cut));
      const whole = ends.filter((end) => end <= cut).length;
      expect([texts.length, used, damaged]).toEqual([whole, whole === 0 ? 0 : ends[whole - 1], 0]);
    }
  });

  it("loses only the records that damage touches", () => {
    const rng = seededRng(3);
    const frames = ENTRIES.map((entry) => encodeFrame(entryText(entry)));
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.concat(frames);
      const at = Math.floor(rng.next() * bytes.length);
      bytes[at] = bytes[at]! ^ (1 + Math.floor(rng.next() * 255));
      const read = decodeFrames(bytes).texts.map((text) => entryOfText(text).id);
      const hit = frames.findIndex((_, i) => frames.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0) > at);
      expect(read).toEqual(ENTRIES.map(({ id }) => id).filter((_, i) => i !== hit));
    }
  });

  it("brings back every field of an entry", () => {
    const make = trafficOf({ seed: 1, fromMs: 0, toMs: 1e9 });
    for (let i = 0; i < 50; i++) {
      const made = make(i, 50);
      const attempts = made.attempts.map((attempt, at) =>
        at % 2 === i % 2 ? { ...attempt, version: "v 1" } : attempt,
      );
      const entry = { ...made, attempts };
      expect(entryOfText(entryText(entry))).toEqual(entry);
    }
  });

  it("reads an entry of before the decision's input was kept", () => {
    const entry = trafficOf({ seed: 1, fromMs: 0, toMs: 1e9 })(3, 50);
    const fields = JSON.parse(entryText(entry));
    fields[17].pop();
    expect(entryOfText(JSON.stringify(fields)).decision).toEqual({ ...entry.decision, inputTokens: null });
  });
});

describe("journal and drain", () => {
  it("carries every record to the database, over many segments, and removes what it has emptied", async () => {
    const { store, journal, drain, errors } = both({ segmentBytes: 4_000 });
    for (const entry of ENTRIES) expect(journal.append(entryText(entry))).toBe(true);
    journal.close();
    await drain.close();
    expect([...store.rows.keys()]).toEqual(ENTRIES.map(({ id }) => id));
    expect(readdirSync(folder)).toEqual([]);
    expect([journal.waitingBytes, journal.dropped, errors]).toEqual([0, 0, []]);
  });

  it("has a record with the operating system before it returns", () => {
    const { journal } = both();
    journal.append(entryText(ENTRIES[0]!));
    const [file] = readdirSync(folder);
    const bytes = readFileSync(join(folder, file!));
    expect(decodeFrames(bytes.subarray(SEGMENT_MAGIC.length)).texts.length).toBe(1);
    journal.close();
  });

  it("goes on while the database is down, and brings all of it when it is back", async () => {
    const { store, journal, drain, errors } = both();
    store.isDown = true;
    for (const entry of ENTRIES) journal.append(entryText(entry));
    journal.flush();
    expect(await drain.settle(50)).toBe(false);
    expect([store.rows.size, errors.length > 0, journal.isWritable]).toEqual([0, true, true]);
    store.isDown = false;
    journal.close();
    await drain.close();
    expect(store.rows.size).toBe(50);
  });

  it("drops and counts what its bound does not hold, and takes more once the database has caught up", async () => {
    const one = encodeFrame(entryText(ENTRIES[0]!)).length;
    const { store, journal, drain } = both({ maxBytes: one * 10 + 100 });
    store.isDown = true;
    for (const entry of ENTRIES) journal.append(entryText(entry));
    expect(journal.dropped).toBeGreaterThanOrEqual(39);
    const kept = journal.appended;
    store.isDown = false;
    journal.flush();
    await expect.poll(() => drain.settle(1_000).then(() => store.rows.size)).toBe(kept);
    await expect.poll(() => journal.append(entryText(logEntry(99)))).toBe(true);
    journal.close();
    await drain.close();
    expect(store.rows.size).toBe(kept + 1);
  });

  it("holds records while the disk takes none, says so, and writes them when it does again", async () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "in the way");
    const { store, journal, drain, errors } = both();
    for (const entry of ENTRIES) expect(journal.append(entryText(entry))).toBe(true);
    expect([journal.isWritable, journal.failures > 0, errors.length > 0]).toEqual([false, true, true]);
    rmSync(folder);
    await expect.poll(() => journal.isWritable).toBe(true);
    journal.close();
    await drain.close();
    expect([...store.rows.keys()]).toEqual(ENTRIES.map(({ id }) => id));
  });

  it("takes over what a killed process left, once, with the half record at its end left out", async () => {
    const bytes = segmentOf(ENTRIES);
    leave(bytes.subarray(0, bytes.length - 7));
    const { store, drain, recovered } = both();
    await store.write(ENTRIES.slice(0, 20));
    await drain.adopt();
    expect([...store.rows.keys()].sort()).toEqual(ENTRIES.slice(0, 49).map(({ id }) => id));
    expect(recovered).toEqual([{ segments: 1, records: 49, known: 20, damaged: 0, torn: 1 }]);
    expect(readdirSync(folder)).toEqual([]);
    await drain.adopt();
    expect(recovered.length).toBe(1);
    await drain.close();
  });

  it("keeps a damaged segment beside the log, and all of its whole records in it", async () => {
    const bytes = segmentOf(ENTRIES);
    bytes.fill(0, 2_000, 2_050);
    const file = leave(bytes);
    const { store, drain, recovered } = both();
    await drain.adopt();
    expect(recovered[0]).toMatchObject({ damaged: 1, torn: 0 });
    expect(store.rows.size).toBe(recovered[0]!.records);
    expect(store.rows.size).toBeGreaterThanOrEqual(48);
    expect(readdirSync(folder)).toEqual([`${file}.damaged`]);
    await drain.close();
  });

  it.each([
    ["an empty file", Buffer.alloc(0)],
    ["a header without records", SEGMENT_MAGIC],
    ["bytes of something else", Buffer.from("not a journal at all, but long enough to look at")],
  ])("is not held up by %s", async (_, bytes) => {
    leave(bytes);
    const { store, drain, errors } = both();
    await drain.adopt();
    expect([store.rows.size, errors]).toEqual([0, []]);
    await drain.close();
  });

  it("leaves the segments of a process that lives alone", async () => {
    const file = segmentFile({ ...thisWriter(1), pid: process.ppid }, 0);
    writeFileSync(join(folder, file), segmentOf(ENTRIES));
    const { store, drain } = both();
    await drain.adopt();
    expect([store.rows.size, readdirSync(folder)]).toEqual([0, [file]]);
    await drain.close();
  });
});

describe("names of segments", () => {
  it("tells whose they are", () => {
    const writer = thisWriter(1);
    expect(parseSegmentFile(segmentFile(writer, 12))).toEqual({ ...writer, number: 12 });
    expect(parseSegmentFile("notes.txt")).toBeNull();
  });

  it("takes another host's for abandoned only after a minute of silence", () => {
    const self = thisWriter(1);
    const other = { ...self, host: "elsewhere" };
    expect([isAbandoned(other, self, 30_000), isAbandoned(other, self, 61_000)]).toEqual([false, true]);
    expect(isAbandoned({ ...self }, self, 1e9)).toBe(false);
    expect(isAbandoned({ ...self, start: "before" }, self, 0)).toBe(true);
  });
});
