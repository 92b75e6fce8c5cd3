// Writes docs/api.md from the schemas of the server.
import { writeFileSync } from "node:fs";
import { apiReference } from "../docs/testing/api-reference.ts";
import { buildTestApp } from "../server/testing/build-test-app.ts";

const weir = await buildTestApp();
writeFileSync("docs/api.md", apiReference((await weir.app.inject({ url: "/docs/openapi.json" })).json()));
await weir.close();
