import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSilenceWatch, type SilenceWatch } from "./silence.ts";

let watch: SilenceWatch;
beforeEach(() => {
  vi.useFakeTimers();
  watch = createSilenceWatch(1_000);
});
afterEach(() => {
  watch.end();
  vi.useRealTimers();
});

function saidAfter(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve("said"), ms));
}

describe("the watch over a stream's silence", () => {
  it("lets through what comes in time, again and again", async () => {
    for (let i = 0; i < 5; i++) {
      const waited = watch.wait(saidAfter(900));
      await vi.advanceTimersByTimeAsync(900);
      await expect(waited).resolves.toBe("said");
    }
  });

  it("ends a wait at its limit, counted from the wait's own beginning", async () => {
    await vi.advanceTimersByTimeAsync(700);
    let isOver = false;
    const waited = watch.wait(new Promise(() => {})).catch((error: Error) => {
      isOver = true;
      return error;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await waited).toMatchObject({ fault: { kind: "timeout" } });
  });

  it("does not count the time in which nobody waits", async () => {
    await vi.advanceTimersByTimeAsync(60_000);
    const waited = watch.wait(saidAfter(500));
    await vi.advanceTimersByTimeAsync(500);
    await expect(waited).resolves.toBe("said");
  });

  it("passes failures on and leaves no timer when it ends", async () => {
    await expect(watch.wait(Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    watch.end();
    expect(vi.getTimerCount()).toBe(0);
  });
});
