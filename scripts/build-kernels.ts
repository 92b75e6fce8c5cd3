// Turns engine/graph/kernels.wat into engine/graph/kernels.wasm.ts; a test claims that the two belong together.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openWabt from "wabt";

const folder = new URL("../engine/graph/", import.meta.url);

export async function assembleKernels(): Promise<string> {
  const wabt = await openWabt();
  const text = readFileSync(new URL("kernels.wat", folder), "utf8");
  const module = wabt.parseWat("kernels.wat", writeOut(text), { simd: true });
  return Buffer.from(module.toBinary({}).buffer).toString("base64");
}

/** What stands between `;; each a b` and `;; end`, once with a and once with b for `$op`. */
function writeOut(text: string): string {
  return text.replace(/ *;; each (.+)\n([\s\S]*?) *;; end\n/g, (_, names: string, body: string) =>
    names
      .split(" ")
      .map((name) => body.replaceAll("$op", name))
      .join("\n"),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lines = (await assembleKernels()).match(/.{1,100}/g)!.map((line) => `  "${line}"`);
  const source = `/** kernels.wat, assembled by \`npm run build:kernels\`; base64. */\nexport const KERNELS =\n${lines.join(" +\n")};\n`;
  writeFileSync(new URL("kernels.wasm.ts", folder), source);
}
