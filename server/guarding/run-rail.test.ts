import { expect, it } from "vitest";
import { PASSES, type Subject } from "../guardrail.ts";
import type { Rail } from "./rail.ts";
import { runRail } from "./run-rail.ts";

const SUBJECT: Subject = { phase: "input", passages: [], newFrom: 0, isWhole: true, skipped: 0 };

function railOf(check: Rail["check"], timeoutMs: number): Rail {
  const abilities = { phases: ["input" as const], redacts: false, needsWhole: false, isRemote: false, timeoutMs };
  return { config: { name: "slow" } as Rail["config"], abilities, timeoutMs, mayRepair: false, check };
}

it("a check that is still being opened is waited for: its time begins when it can look", async () => {
  let opened = (): void => {};
  const opening = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const rail = railOf(() => opening.then(() => ({ inspect: () => PASSES })), 1);
  const ruling = runRail(rail, SUBJECT, new AbortController().signal);
  // Longer than the check's own time: a timer that was set before this one goes off before it.
  setTimeout(opened, 20);
  expect(await ruling).toMatchObject({ kind: "ruled", verdict: PASSES });
});

it("a check that says nothing in its time has failed, and is told to stop", async () => {
  let wasStopped = false;
  const inspect = (_: Subject, signal: AbortSignal) =>
    new Promise<never>(() => {
      signal.addEventListener("abort", () => {
        wasStopped = true;
      });
    });
  const ruling = await runRail(
    railOf(() => ({ inspect }), 5),
    SUBJECT,
    new AbortController().signal,
  );
  expect(ruling.kind).toBe("failed");
  expect(wasStopped).toBe(true);
});

it("a client that leaves while a check is opened is not waited for", async () => {
  const client = new AbortController();
  const ruling = runRail(
    railOf(() => new Promise<never>(() => {}), 5),
    SUBJECT,
    client.signal,
  );
  client.abort(new Error("left"));
  await expect(ruling).rejects.toThrow("left");
});
