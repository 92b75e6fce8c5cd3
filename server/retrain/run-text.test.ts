import { expect, it } from "vitest";
import type { RetrainRun } from "./retrain-store.ts";
import { runText } from "./run-text.ts";

const run: RetrainRun = {
  runId: "run_1",
  route: "default",
  router: "default",
  serving: "2026-11-23.3",
  trigger: "command",
  dueAtMs: null,
  state: "proposed",
  stage: "write",
  holder: "me",
  startedAtMs: 0,
  endedAtMs: 1,
  sinceMs: 0,
  candidate: "2026-11-23.4",
  because: "better",
  comparison: null,
  dismissedAtMs: null,
};

it("says how to serve a proposal, and how to take back one that serves by itself", () => {
  expect(runText(run, false)).toContain("serve it with: weir routers promote default 2026-11-23.4");
  const served = runText(run, true);
  expect(served).toContain("it serves now (retrain.activate); take it back with: weir routers rollback default");
  expect(served).not.toContain("promote");
});
