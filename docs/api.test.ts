import { expect, it } from "vitest";
import { buildTestApp } from "../server/testing/build-test-app.ts";
import { apiReference } from "./testing/api-reference.ts";
import { readDocument } from "./testing/document.ts";

it("docs/api.md says what the schemas say (npm run docs:api writes it)", async () => {
  const weir = await buildTestApp();
  const made = apiReference((await weir.app.inject({ url: "/docs/openapi.json" })).json());
  await weir.close();
  expect(readDocument("docs/api.md")).toBe(made);
});
