import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { z } from "zod";
import { CandidateConfig, PoolSection, plainSections, RouteSection, UpstreamConfig } from "./config-schema.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const CONFIG = z.strictObject({
  ...plainSections,
  upstreams: z.record(z.string(), UpstreamConfig),
  candidates: z.array(CandidateConfig),
  pools: z.record(z.string(), PoolSection),
  routes: z.record(z.string(), RouteSection),
});

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly allOf?: readonly Node[];
  readonly additionalProperties?: Node | boolean;
}

it("every key of the configuration stands in weir.yaml.example or in the documents, as a key", () => {
  const documents = readdirSync(`${root}docs`).filter((file) => file.endsWith(".md") && file !== "api.md");
  const texts = ["weir.yaml.example", "README.md", ...documents.map((file) => `docs/${file}`)].map((file) =>
    readFileSync(root + file, "utf8"),
  );
  const text = texts.join("\n");
  // JSON Schema is what zod says of itself; its types are wider than what is read here.
  const paths = pathsOf(z.toJSONSchema(CONFIG, { io: "input", unrepresentable: "any" }) as Node, "");
  expect(paths).toContain("routes.activation.byAdmin");
  expect(new Set(paths).size).toBeGreaterThan(200);
  expect([...new Set(paths)].filter((path) => !isWritten(path.split(".").at(-1)!, text))).toEqual([]);
});

/** `key:` as in YAML, or within a line's code. */
function isWritten(key: string, text: string): boolean {
  return new RegExp(`\\b${key}:|\`[^\`\\n]*\\b${key}\\b[^\`\\n]*\``).test(text);
}

function pathsOf(node: Node, path: string): string[] {
  const { properties = {}, items, anyOf = [], oneOf = [], allOf = [], additionalProperties } = node;
  const own = Object.entries(properties).flatMap(([name, child]) => {
    const at = path === "" ? name : `${path}.${name}`;
    return [at, ...pathsOf(child, at)];
  });
  const values = typeof additionalProperties === "object" ? [additionalProperties] : [];
  return [
    ...own,
    ...[...(items ? [items] : []), ...anyOf, ...oneOf, ...allOf, ...values].flatMap((one) => pathsOf(one, path)),
  ];
}
