import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "./testing/build-test-app.ts";

const MOST_GZIPPED_BYTES = 350_000;

describe("the dashboard's files", () => {
  let weir: TestApp;
  beforeAll(async () => {
    weir = await buildTestApp();
  });
  afterAll(() => weir.close());

  const page = async () => (await weir.app.inject({ url: "/", headers: { accept: "text/html,*/*" } })).body;

  it("are what a browser gets at /, and JSON is what others get", async () => {
    expect(await page()).toContain('<div id="root">');
    expect((await weir.app.inject({ url: "/" })).json()).toMatchObject({ name: "weir" });
  });

  it("may load nothing from elsewhere and be framed by nobody", async () => {
    const { headers } = await weir.app.inject({ url: "/", headers: { accept: "text/html" } });
    expect(headers["content-security-policy"]).toMatch(
      /default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/,
    );
    expect(await page()).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it(`are under ${MOST_GZIPPED_BYTES / 1000} kB gzipped, all of them together`, async () => {
    const seen = new Set<string>();
    const queue = [...(await page()).matchAll(/\.\/(assets\/[^"]+)/g)].map(([, path]) => path!);
    let bytes = 0;
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const answer = await weir.app.inject({ url: `/${path}`, headers: { "accept-encoding": "gzip" } });
      expect(answer.headers["cache-control"]).toContain("immutable");
      bytes += answer.rawPayload.length;
      const text = gunzipSync(answer.rawPayload).toString("utf8");
      queue.push(
        ...[...text.matchAll(/["'`(](?:\.\/)?(?:assets\/)?([\w-]+-[\w-]{8}\.(?:js|css))["'`)]/g)].map(
          ([, name]) => `assets/${name}`,
        ),
      );
    }
    expect(seen.size).toBeGreaterThan(3);
    expect(bytes).toBeLessThan(MOST_GZIPPED_BYTES);
  });

  it.each(["/assets/none.js", "/assets/..%2f..%2fpackage.json", "/assets/%2e%2e%2findex.html"])(
    "answer 404 at %s",
    async (url) => {
      expect((await weir.app.inject({ url })).statusCode).toBe(404);
    },
  );
});
