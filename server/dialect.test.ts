import { discover } from "../engine/discover.ts";
import { dialectConformance } from "./dialect.conformance.ts";
import type { Dialect } from "./dialect.ts";

const dialects = await discover<Dialect>(new URL("./dialects/", import.meta.url));

for (const dialect of dialects.values()) dialectConformance(dialect);
