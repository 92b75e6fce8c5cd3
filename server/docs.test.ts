import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "./testing/build-test-app.ts";

describe("documentation", () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await buildTestApp();
  });
  afterAll(() => test.close());

  it("is OpenAPI 3.1 from the schemas that requests are parsed with", async () => {
    const document = (await test.app.inject({ url: "/docs/openapi.json" })).json();
    expect(document.openapi).toBe("3.1.0");
    const { post } = document.paths["/route"];
    const body = post.requestBody.content["application/json"].schema;
    expect(body).toMatchObject({
      type: "object",
      additionalProperties: false,
      properties: { quality: { type: "number", minimum: 0, maximum: 1 }, route: { default: "default" } },
    });
    expect(body.required ?? []).not.toContain("route");
    expect(post.responses["200"].content["application/json"].schema.required).toContain("decision_id");
    expect(Object.keys(post.responses).sort()).toEqual(["200", "400", "401", "404", "413", "415", "422", "429"]);
    expect(document.paths["/decisions/{id}"].get.parameters[0]).toMatchObject({
      name: "id",
      in: "path",
      required: true,
    });
  });

  it("has one operation id an endpoint, and resolves every reference", async () => {
    const text = (await test.app.inject({ url: "/docs/openapi.json" })).body;
    const document = JSON.parse(text);
    const ids = Object.values<Record<string, { operationId: string }>>(document.paths)
      .flatMap((methods) => Object.values(methods))
      .map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, reference] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
      expect(document.components.schemas).toHaveProperty(reference!);
    }
  });

  it("is a page that asks nothing of anybody else and runs nothing", async () => {
    const response = await test.app.inject({ url: "/docs" });
    expect(response.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(response.body).toContain("/route/batch");
    expect(response.body).not.toMatch(/<script|<img|<link|https?:\/\/|@import|url\(/i);
  });
});
