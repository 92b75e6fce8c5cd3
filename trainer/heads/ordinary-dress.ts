import type { PromptRow, QualityTable } from "../../datasets/quality-table.ts";
import type { Conversation, Turn } from "../../engine/conversation.ts";

/**
 * System prompts as applications send them: one line or a page, rules, formats, roles. What a router learns from is mostly
 * bare questions, and a question does not become a foreign one by standing under such a prompt.
 */
const SYSTEM_PROMPTS: readonly string[] = [
  "You are an AI assistant that gives accurate and concise answers.",
  "Answer the question.",
  "Be brief.",
  "You are a senior data analyst. Answer with numbers where you can, and name your assumptions.",
  "Reply with valid JSON only. Do not wrap it in a code block.",
  'Return a JSON object with the fields `label` and `reason`, for example {"label": "other", "reason": "..."}.',
  "You help the employees of a software company. Be friendly and professional. If you do not know something, say that you do not know.",
  "Classify the message. Return one label.",
  "Think carefully, then give the final answer on the last line.",
  "You are a doctor's assistant. Do not give medical advice beyond general information; recommend seeing a professional for anything serious.",
  "You write clear documentation in Markdown, with headings and short lists.",
  "The current date is Monday, 12 May 2025. Knowledge cutoff: 2024-10. Respond in the language of the user.",
  "You review code. Point out bugs, then suggest a fix. Use TypeScript unless told otherwise.",
  "Extract the name, the date and the amount from the text.",
  "You are a creative writing partner. Keep the tone light and vivid.",
  "You are a legal assistant for a small firm. Cite the section you rely on, and mark anything uncertain with [check].",
  "Rewrite the text so that it is shorter and easier to read. Keep all facts.",
  [
    "You are the assistant of an online shop.",
    "",
    "Rules:",
    "1. Answer only questions about orders, returns and products.",
    "2. Never mention competitors.",
    "3. Returns are free within 30 days; after that, ask the customer to contact support@example.com.",
    "4. Do not give discounts.",
    "",
    "Tone: warm, helpful, at most five sentences. End by asking whether there is anything else.",
  ].join("\n"),
  "You are a careful maths tutor. Show each step, check the result, and state the answer clearly.",
  [
    "## Task",
    "You answer questions from the documents of the company.",
    "",
    "## Instructions",
    "- Use only what the documents say.",
    "- Quote the title of the document in brackets.",
    '- If the documents do not answer the question, say "I could not find this".',
    "- Keep to two paragraphs.",
    "",
    "## Output",
    "Plain text, no headings. Numbers with two decimals, dates as YYYY-MM-DD.",
  ].join("\n"),
  "You are an agent that plans and carries out tasks. Before each action, state what you will do and why. Stop when the task is done.",
];

const REPLIES: readonly string[] = [
  "Sure. Here is a short answer; tell me if you need more detail.",
  "The second option is the right one, because the others leave out a condition that the question names.",
  "I can help with that. First, check that the figures are complete. Then add them up and compare the sum with the total:\n\n1. Write down each amount.\n2. Leave out what was counted twice.\n3. Divide by the number of days.\n\nThe result should be close to what you expected. If it is not, send me the numbers and I will look at them again.",
  "Thanks, that makes it clear. I would keep the first version and change only the last sentence.",
];

const MOST_ROWS = 4000;
const EARLIER_CHARACTERS = 600;
/** Steps through lists of these lengths that meet every entry. */
const STRIDE = 7919;

/**
 * At most 4,000 rows of the table, evenly spread, as they would be asked in an application: under a system prompt and as
 * the next question of a chat. Rows that have a system prompt or earlier turns of their own keep them.
 */
export function inOrdinaryDress(table: QualityTable, rows: Int32Array): QualityTable {
  const every = Math.max(1, Math.ceil(rows.length / MOST_ROWS));
  const prompts: PromptRow[] = [];
  for (let at = 0; at < rows.length; at += every) {
    const row = table.prompts[rows[at]!]!;
    const other = table.prompts[rows[(at * STRIDE + 1) % rows.length]!]!.conversation;
    prompts.push({ ...row, conversation: dressed(row.conversation, other, prompts.length) });
  }
  // Prompts alone are read of it; quality stays that of the whole table.
  return { ...table, prompts };
}

function dressed(conversation: Conversation, other: Conversation, at: number): Conversation {
  const { system, turns } = conversation;
  const isChat = turns.length === 1;
  const earlier: Turn[] = isChat
    ? [
        { role: "user", text: (other.turns.at(-1)?.text ?? "").slice(0, EARLIER_CHARACTERS) },
        { role: "assistant", text: REPLIES[(at * STRIDE) % REPLIES.length]! },
      ]
    : [];
  return {
    ...conversation,
    system: system === "" ? SYSTEM_PROMPTS[(at * STRIDE) % SYSTEM_PROMPTS.length]! : system,
    turns: [...earlier, ...turns],
  };
}
