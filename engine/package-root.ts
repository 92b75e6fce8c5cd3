import { existsSync } from "node:fs";

/** Folder URL of the installed package (where package.json and models/ lie), from source and from the bundle alike. */
export const packageRoot: URL = findRoot(new URL(".", import.meta.url));

function findRoot(folder: URL): URL {
  if (existsSync(new URL("package.json", folder))) return folder;
  const parent = new URL("..", folder);
  return parent.href === folder.href ? folder : findRoot(parent);
}
