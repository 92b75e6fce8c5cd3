import { expect, it } from "vitest";
import { welcome } from "./welcome.ts";

it.each([
  [{ mode: "demo", configPath: null } as const, "weir-demo"],
  [{ mode: "configured", configPath: "weir.yaml" } as const, "Configured by weir.yaml"],
])("says in a few short lines where it serves and what to do next: %o", (settings, next) => {
  const text = welcome(settings, "http://127.0.0.1:8080");
  expect(text).toContain("http://127.0.0.1:8080");
  expect(text).toContain(next);
});
