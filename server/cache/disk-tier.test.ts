import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openStorage } from "../open-storage.ts";
import type { CacheStore } from "./cache-store.ts";
import { type CachedAnswer, sizeOf } from "./cached-answer.ts";
import { createDiskTier } from "./disk-tier.ts";

const result: CachedAnswer["result"] = {
  id: "c",
  model: "m",
  createdAtMs: null,
  choices: [
    {
      parts: [{ kind: "text", text: "Hello", citations: [], cacheControl: null }],
      finish: "stop",
      stopSequence: null,
      logprobs: null,
    },
  ],
  usage: null,
  serviceTier: null,
};
const wire = { format: "openai-chat" as const, isStream: false, bytes: Buffer.from("the bytes") };
const answer: CachedAnswer = {
  requestId: "req_1",
  route: "default",
  partition: "p",
  candidateId: "openai/gpt-4o",
  storedAtMs: 0,
  expiresAtMs: 10_000,
  result,
  wire,
  dropped: ["seed"],
  size: sizeOf(result, wire),
};
const key = { id: "ab".repeat(32), sealingKey: randomBytes(32) };

async function tier(change: (store: CacheStore) => Partial<CacheStore> = () => ({}), maxBytes = 1_000_000) {
  let nowMs = 0;
  const storage = await openStorage("sqlite::memory:");
  const told: string[] = [];
  const disk = createDiskTier(
    {
      store: { ...storage.cache, ...change(storage.cache) },
      clock: () => nowMs,
      log: { warn: (_fields, message) => void told.push(message) },
    },
    { maxBytes: () => maxBytes },
  );
  return {
    disk,
    storage,
    told,
    advance: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe("answers below memory", () => {
  it("come back as they were, from the queue and from the store", async () => {
    const { disk } = await tier();
    disk.keep(key, answer);
    expect(await disk.find(key, 0)).toEqual(answer);
    await disk.flush();
    expect(await disk.find(key, 0)).toEqual(answer);
    expect(await disk.find(key, 10_000)).toBeNull();
    disk.remove(key.id);
    expect(await disk.find(key, 0)).toBeNull();
  });

  it("that are damaged in any byte, or belong to another question, are dropped and counted", async () => {
    const { disk, storage } = await tier();
    disk.keep(key, answer);
    await disk.flush();
    const id = Buffer.from(key.id, "hex");
    const whole = (await storage.cache.read(id, 0))!;
    const places = [0, 1, 14, 30, 40, whole.sealed.length - 1];
    for (const at of places) {
      const sealed = Buffer.from(whole.sealed);
      sealed[at]! ^= 1;
      await storage.cache.write([{ ...whole, sealed }], 0);
      expect(await disk.find(key, 0)).toBeNull();
      await disk.flush();
      expect(await storage.cache.read(id, 0)).toBeNull();
    }
    await storage.cache.write([{ ...whole, sealed: whole.sealed.subarray(0, 20) }], 0);
    expect(await disk.find(key, 0)).toBeNull();
    await disk.flush();
    await storage.cache.write([whole], 0);
    expect(await disk.find({ ...key, sealingKey: randomBytes(32) }, 0)).toBeNull();
    expect(disk.state.corrupt).toBe(places.length + 2);
  });

  it("are missed while the store fails, which is told once and left alone for a while", async () => {
    let reads = 0;
    const broken = await tier(() => ({
      read: async () => {
        reads++;
        throw new Error("disk on fire");
      },
    }));
    for (let i = 0; i < 20; i++) expect(await broken.disk.find(key, 0)).toBeNull();
    expect(reads).toBe(5);
    expect(broken.disk.state.failures).toBe(5);
    expect(broken.told).toHaveLength(1);
    broken.advance(10_001);
    await broken.disk.find(key, 0);
    expect(reads).toBe(6);
  });

  it("are missed when the store is slow", async () => {
    const { disk } = await tier(() => ({ read: () => new Promise(() => {}) }));
    expect(await disk.find(key, 0)).toBeNull();
    expect(disk.state.failures).toBe(1);
  });

  it("that could not be written or removed harm nobody", async () => {
    const { disk } = await tier(() => ({
      write: async () => {
        throw new Error("full");
      },
      remove: async () => {
        throw new Error("full");
      },
    }));
    disk.keep(key, answer);
    await disk.flush();
    expect(await disk.find(key, 0)).toBeNull();
    disk.remove(key.id);
    await disk.flush();
    expect(await disk.find(key, 0)).toBeNull();
    expect(disk.state.failures).toBe(2);
  });

  it("are held to their size", async () => {
    const { disk } = await tier(undefined, 5_000);
    for (let i = 0; i < 40; i++) disk.keep({ ...key, id: i.toString(16).padStart(64, "0") }, answer);
    await disk.flush();
    await disk.tend();
    expect(disk.state.bytes).toBeLessThanOrEqual(5_000);
    expect(disk.state.entries).toBeGreaterThan(3);
  });
});
