/**
 * What share of prompts an artifact calls foreign, where none and where all should be:
 * `npx tsx bench/foreign.bench.ts models/default/<version> $WEIR_DATA`.
 */
import { createHash } from "node:crypto";
import type { PromptRow, QualityTable } from "../datasets/quality-table.ts";
import { readDataFolder } from "../datasets/read-data-folder.ts";
import { splitByGroup } from "../datasets/split.ts";
import { type Conversation, conversationFromPrompt } from "../engine/conversation.ts";
import { DEFAULT_SOURCES, selectDefault } from "../trainer/train-default/select-sources.ts";
import { openArtifactFolder, predictWithArtifact } from "./artifact-predictor.ts";

/** Nothing was fitted to these; those of the trainer are others (trainer/heads/ordinary-dress.ts). */
const SYSTEM_PROMPTS = [
  "You are a helpful assistant.",
  "You are Max, the in-app helper of a fitness tracker. Encourage the user, keep it under 80 words, and never diagnose injuries.",
  "Output must be a JSON array of strings. No prose.",
  "Tag the sentiment of the review: positive, neutral or negative.",
  "You are a Python expert. Write idiomatic, typed code (Python 3.12) and explain the trade-offs in one paragraph.",
  "Today's date: 2026-11-23. User: premium plan. Region: Ireland.",
  "You help students prepare for exams. First ask what they know, then explain the idea in simple words.",
  "Translate the user's message to plain, formal business English.",
  "You are an HR chatbot. Use the handbook. If it is silent, refer to hr@acme.example. Do not speculate about salaries.",
  "# Identity\nYou are the concierge of Hotel Meridian.\n\n# Guidelines\n* Offer at most three options.\n* Mention opening hours when known.\n* Escalate complaints to the duty manager (ext. 402).\n* Never share guest details.\n\n# Format\nStart with a greeting. Use short sentences.\n\n# Example\nGuest: Where can I have breakfast?\nConcierge: Good morning! Breakfast is served in the Garden Room from 7 to 10:30.",
];

const SHORT_ASKS =
  "touring bike Northhaven|cheap cargo bike|chain for e-bike|helmet with bent rim repair cost|child seat Millbrook|weather london tomorrow|python sort dict by value|best laptop 2025|iphone 15 vs 14|fix login bug|refund policy|translate hello to french|write a haiku about rain|summarize this|2+2|sqrt(2) irrational proof|capital of peru|who won the 1998 world cup|react useEffect cleanup|sql left join example|kubernetes pod pending|email to boss asking for leave|thanks!|ok|what time is it|Siobhan O'Malley Dublin|invoice 4481 overdue|how do I reset my password?|Order #12345 hasn't arrived|gdpr article 17|hotels near eiffel tower|vegan pancakes recipe|define entropy|bubble sort complexity|lorem ipsum|tl;dr".split(
    "|",
  );

const bytes = (count: number) =>
  Array.from({ length: Math.ceil(count / 43) }, (_, i) =>
    createHash("sha256").update(`x${i}`).digest("base64").replace("=", ""),
  )
    .join("")
    .slice(0, count);
const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

const FAR: Readonly<Record<string, string>> = {
  Russian:
    "Объясните, пожалуйста, почему небо голубое и как рассеяние света зависит от длины волны. Ответьте подробно.",
  Chinese: "请解释为什么天空是蓝色的，以及光的散射如何依赖于波长。请详细回答并举例说明。",
  Arabic: "اشرح لماذا السماء زرقاء وكيف يعتمد تشتت الضوء على طول الموجة، مع أمثلة.",
  Hindi: "समझाइए कि आकाश नीला क्यों दिखाई देता है और प्रकाश का प्रकीर्णन तरंगदैर्ध्य पर कैसे निर्भर करता है।",
  Japanese: "空がなぜ青いのか、光の散乱が波長にどう依存するかを、例を挙げて詳しく説明してください。",
  Korean: "하늘이 왜 파란지, 빛의 산란이 파장에 어떻게 의존하는지 예를 들어 자세히 설명해 주세요.",
  Greek: "Εξήγησε γιατί ο ουρανός είναι μπλε και πώς η σκέδαση του φωτός εξαρτάται από το μήκος κύματος.",
  German: "Erkläre bitte, warum der Himmel blau ist und wie die Streuung des Lichts von der Wellenlänge abhängt.",
  French: "Explique pourquoi le ciel est bleu et comment la diffusion de la lumière dépend de la longueur d'onde.",
  Spanish:
    "Explica por qué el cielo es azul y cómo la dispersión de la luz depende de la longitud de onda, con ejemplos.",
  "base64, 300": bytes(300),
  "base64, 3000": bytes(3000),
  hexadecimal: Buffer.from(bytes(900)).toString("hex"),
  "50 kB of code": lines(
    260,
    (i) =>
      `export function handler${i}(req: Request, res: Response<Item${i}[]>): void {\n  const items = store.get("k${i}")?.filter((x) => x.id !== ${i}) ?? [];\n  if (!items.length) { res.status(404).json({ error: \`none_${i}\` }); return; }\n  res.json(items.map(({ id, ...rest }) => ({ ...rest, key: \`\${id}:${i}\` })));\n}`,
  ),
  "a table": lines(200, (i) => `${i},${(i * 37) % 101},${(i * 1.37).toFixed(3)},2024-0${(i % 9) + 1}-1${i % 9},OK`),
  "a log": lines(
    80,
    (i) =>
      `2026-01-02T03:${10 + (i % 50)}:11Z ERROR [worker-${i % 7}] /srv/lib/x${i}.js:${i * 13} ECONNRESET 0x${(i * 7919).toString(16)}`,
  ),
  "struck keys": "asdkjh qwpoeiru zxmcnv lkjasd qpwoei zmxncb alskdj fhgury tbvnmc owieur lkasjd mnbzxc poqiwe",
};

const [folder, data] = process.argv.slice(2);
if (folder === undefined || data === undefined) throw new Error("usage: bench/foreign.bench.ts <artifact> <data>");
const artifact = await openArtifactFolder(folder);
const table = selectDefault(await readDataFolder(data, { sources: DEFAULT_SOURCES }));
const other = await readDataFolder(data, { sources: ["alpacaeval", "routerarena"] });
const split = splitByGroup(table, { seed: 1, train: 0.65, calibration: 0.15, test: 0.2, keepGiven: true });
const held = Array.from(split.test, (row) => table.prompts[row]!.conversation).filter((_, i) => i % 8 === 0);

/** For each conversation whether it is called foreign. */
async function foreign(conversations: readonly Conversation[]): Promise<boolean[]> {
  const prompts: PromptRow[] = conversations.map((conversation, i) => ({
    ...table.prompts[0]!,
    promptId: `${i}`,
    conversation,
  }));
  const source: QualityTable = { ...table, prompts };
  const { outOfDistribution } = await predictWithArtifact(artifact, source, Int32Array.from(prompts.keys()));
  return Array.from(outOfDistribution, (distance) => distance > artifact.manifest.outOfDistributionAbove);
}

async function report(what: string, conversations: readonly Conversation[]): Promise<void> {
  const found = await foreign(conversations);
  const share = (100 * found.filter(Boolean).length) / found.length;
  console.log(`${what.padEnd(48)} ${share.toFixed(1).padStart(6)} % of ${found.length}`);
}

await report("held-out prompts, bare", held);
for (const system of SYSTEM_PROMPTS) {
  await report(
    `  under "${system.slice(0, 32).replace(/\n/g, " ")}"`,
    held.map((one) => ({ ...one, system })),
  );
}
await report(
  "  with an output limit",
  held.map((one) => ({ ...one, maxOutputTokens: 1024 })),
);
const reply = { role: "assistant", text: "I would take the second one." } as const;
await report(
  "  next in a chat",
  held.map((one, i) => ({ ...one, turns: [...held[(i * 13) % held.length]!.turns, reply, ...one.turns] })),
);
for (const source of ["alpacaeval", "routerarena"]) {
  const own = other.prompts.filter((prompt) => prompt.source === source);
  await report(
    `${source}, never learned from`,
    own.map(({ conversation }) => conversation),
  );
}
await report("short asks", SHORT_ASKS.map(conversationFromPrompt));
const far = Object.keys(FAR);
const found = await foreign(far.map((name) => conversationFromPrompt(FAR[name]!)));
await report(
  "far texts",
  far.map((name) => conversationFromPrompt(FAR[name]!)),
);
console.log(`  taken for known: ${far.filter((_, i) => !found[i]).join(", ") || "none"}`);
