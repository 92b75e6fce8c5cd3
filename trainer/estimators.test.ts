import { describe, expect, it } from "vitest";
import { checkEstimator, loadEstimators } from "./estimators.ts";

describe("checkEstimator", () => {
  it("takes every estimator's own defaults", async () => {
    for (const [name, { defaults }] of await loadEstimators()) {
      await expect(checkEstimator(name, { ...Object(defaults) })).resolves.toBeUndefined();
    }
  });

  it.each([
    ["nobody", {}, "unknown_estimator", /there are blend/],
    ["ridge", { foo: 1 }, "bad_option", /ridge has no option foo; it has sharedPenalties/],
    ["zero", { foo: 1 }, "bad_option", /it has none/],
    ["mlp", { members: "many" }, "bad_option", /members of mlp wants a number/],
    ["knn", { neighbours: 3 }, "bad_option", /neighbours of knn wants a list/],
    ["auto", { members: 3 }, "bad_option", /name it with --estimator/],
  ])("refuses %s with %j", async (name, options, code, message) => {
    await expect(checkEstimator(name, options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
