import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createWriteQueue } from "./write-queue.ts";

describe("createWriteQueue", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function queueOver(write: (batch: readonly number[]) => void, capacity = 10) {
    const errors: unknown[] = [];
    const queue = createWriteQueue<number>({
      write,
      capacity,
      batchSize: 4,
      delayMs: 25,
      onError: (e) => errors.push(e),
    });
    return { queue, errors };
  }

  it("writes in order and in slices once the delay is over", () => {
    const batches: (readonly number[])[] = [];
    const { queue } = queueOver((batch) => batches.push(batch));
    for (let i = 0; i < 6; i++) queue.push(i);
    expect(batches).toEqual([]);
    vi.advanceTimersByTime(25);
    vi.runAllTimers();
    expect(batches).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
  });

  it("keeps what could not be written and writes it once that is possible again", () => {
    let isFull = true;
    const written: number[] = [];
    const { queue, errors } = queueOver((batch) => {
      if (isFull) throw new Error("disk full");
      written.push(...batch);
    });
    queue.push(1);
    queue.push(2);
    vi.advanceTimersByTime(200);
    expect(errors.length).toBeGreaterThan(0);
    expect(queue.queued).toBe(2);
    isFull = false;
    vi.advanceTimersByTime(10_000);
    expect(written).toEqual([1, 2]);
    expect(queue.queued).toBe(0);
  });

  it("counts what is lost when it must close while nothing can be written", () => {
    const { queue, errors } = queueOver(() => {
      throw new Error("disk full");
    });
    queue.push(1);
    queue.close();
    expect(queue.dropped).toBe(1);
    expect(queue.push(2)).toBe(false);
    expect(errors).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
