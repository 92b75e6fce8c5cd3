import type { OpenApiDocument } from "./openapi.ts";

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 small { font-weight: normal; opacity: .6; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
summary { padding: .5rem .75rem; cursor: pointer; }
details > div { padding: 0 .75rem .75rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .6rem; border-radius: 6px; overflow: auto; max-height: 28rem; }
.method { display: inline-block; min-width: 3.5rem; font-weight: 600; }
table { border-collapse: collapse; } td { padding: .15rem .75rem .15rem 0; vertical-align: top; }
`;

/** A page that needs no script and no request but its own; every text in it is escaped. */
export function docsPage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => renderOperation(method, path, operation as OperationObject)),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(document.info.title)} API</title><style>${STYLE}</style></head>
<body><h1>${escaped(document.info.title)} <small>${escaped(document.info.version)}</small></h1>
<p>${escaped(document.info.description)}</p>
<p>For machines: <a href="/docs/openapi.json">openapi.json</a> (OpenAPI ${document.openapi})</p>
${operations.join("\n")}
</body></html>
`;
}

interface OperationObject {
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema?: unknown }>>;

function renderOperation(method: string, path: string, operation: OperationObject): string {
  const { summary, description, security, parameters = [], requestBody, responses } = operation;
  const parts = [
    description === undefined ? "" : `<p>${escaped(description)}</p>`,
    security.length === 0 ? "<p>No key is needed.</p>" : "<p>Needs a key: <code>Authorization: Bearer ...</code></p>",
    parameters.length === 0
      ? ""
      : `<h4>Parameters</h4><ul>${parameters.map((one) => `<li><code>${escaped(one.name)}</code> in ${escaped(one.in)}${one.required ? "" : ", optional"}</li>`).join("")}</ul>`,
    requestBody === undefined ? "" : `<h4>Body</h4>${renderContent(requestBody.content)}`,
    ...Object.entries(responses).map(
      ([status, response]) =>
        `<h4>${escaped(status)}</h4><p>${escaped(response.description)}</p>${Number(status) < 400 ? renderContent(response.content ?? {}) : ""}`,
    ),
  ];
  return `<details><summary><span class="method">${escaped(method.toUpperCase())}</span> <code>${escaped(path)}</code> ${escaped(summary)}</summary><div>${parts.join("\n")}</div></details>`;
}

function renderContent(content: Content): string {
  return Object.entries(content)
    .map(([type, { schema }]) => `<p>${escaped(type)}</p><pre>${escaped(JSON.stringify(schema, null, 2))}</pre>`)
    .join("");
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
