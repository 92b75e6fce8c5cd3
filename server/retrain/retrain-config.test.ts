import { describe, expect, it } from "vitest";
import { ConfigError, settingsFrom } from "../config.ts";
import { DEFAULT_RETRAIN, nextDue, RetrainSection } from "./retrain-config.ts";

function problemsOf(retrain: string) {
  const text = `
upstreams: { up: { provider: simulated } }
candidates: [{ id: up/one, upstream: up }]
routes: { default: { incumbent: up/one, candidates: [up/one], retrain: ${retrain} } }
`;
  try {
    settingsFrom(text, "weir.yaml", {}, {});
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe("retrain of a route", () => {
  it("is done by nobody's schedule unless it has one", () => {
    expect(nextDue(DEFAULT_RETRAIN, 0)).toBeNull();
    expect(DEFAULT_RETRAIN.activate).toBe(false);
  });

  it("is due in the time zone that it names, also where clocks change", () => {
    const section = RetrainSection.parse({ schedule: "30 2 * * *", timezone: "Europe/Berlin" });
    // By hand: winter time is UTC+1, summer time UTC+2.
    expect(nextDue(section, Date.UTC(2027, 0, 10))).toBe(Date.UTC(2027, 0, 10, 1, 30));
    expect(nextDue(section, Date.UTC(2027, 6, 10))).toBe(Date.UTC(2027, 6, 10, 0, 30));
    expect(nextDue({ schedule: "0 3 * * 1", timezone: "UTC" }, Date.UTC(2027, 0, 13))).toBe(Date.UTC(2027, 0, 18, 3));
  });

  it.each([
    { given: '{ schedule: "every monday" }', path: "routes.default.retrain.schedule", message: /cron expression/ },
    { given: '{ schedule: "61 3 * * *" }', path: "routes.default.retrain.schedule", message: /cron expression/ },
    { given: '{ schedule: "0 0 30 2 *" }', path: "routes.default.retrain.schedule", message: /never due/ },
    { given: '{ timezone: "Mars/Olympus" }', path: "routes.default.retrain.timezone", message: /time zone/ },
    { given: '{ since: "a while" }', path: "routes.default.retrain.since", message: /30d/ },
    { given: "{ heldOut: 1 }", path: "routes.default.retrain.heldOut", message: /./ },
    { given: '{ webhook: "ftp://x" }', path: "routes.default.retrain.webhook", message: /./ },
    { given: "{ scheduel: daily }", path: "routes.default.retrain.scheduel", message: /not a known field/ },
  ])("refuses $given by its path", ({ given, path, message }) => {
    const [problem, ...more] = problemsOf(given);
    expect(more).toEqual([]);
    expect(problem!.path).toContain(path);
    expect(problem!.message).toMatch(message);
  });
});
