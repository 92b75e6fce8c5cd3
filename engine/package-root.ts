import { existsSync, readFileSync } from "node:fs";

/** Folder URL of the installed package (where package.json and models/ lie), from source and from the bundle alike. */
export const packageRoot: URL = findRoot(new URL(".", import.meta.url));

export function packageVersion(): string {
  const text = readFileSync(new URL("package.json", packageRoot), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function findRoot(folder: URL): URL {
  if (existsSync(new URL("package.json", folder))) return folder;
  const parent = new URL("..", folder);
  return parent.href === folder.href ? folder : findRoot(parent);
}
