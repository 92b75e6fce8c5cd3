import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openDatabase } from "../../storage/sqlite.ts";
import { logStoreConformance } from "../log-store.conformance.ts";
import { openLogStore } from "../log-store.ts";
import { trafficOf } from "../testing/make-entries.ts";

logStoreConformance("sqlite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "weir-log-store-"));
  return {
    open: () => openLogStore(`sqlite:${join(folder, "log.db")}`),
    destroy: async () => rmSync(folder, { recursive: true }),
  };
});

it("keeps a request and its indexes within 450 bytes, and 750 with its share of the sums of its first hour", async () => {
  const folder = mkdtempSync(join(tmpdir(), "weir-log-size-"));
  const path = join(folder, "log.db");
  const store = await openLogStore(`sqlite:${path}`);
  const toMs = Date.UTC(2026, 5, 30);
  const count = 20_000;
  const make = trafficOf({ seed: 1, fromMs: toMs - 3_600_000, toMs });
  for (let i = 0; i < count; i += 2_000) {
    await store.write(Array.from({ length: 2_000 }, (_, j) => make(i + j, count)));
  }
  await store.close();
  const database = await openDatabase(path);
  const bytes = (like: string) =>
    database.prepare<[string], { sum: number }>("select sum(pgsize) as sum from dbstat where name like ?").get(like)!
      .sum;
  expect((bytes("requests%") + bytes("%autoindex_requests%")) / count).toBeLessThan(450);
  expect(bytes("%") / count).toBeLessThan(750);
  database.close();
  rmSync(folder, { recursive: true });
});
