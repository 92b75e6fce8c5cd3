import { ANSWER_KINDS, answerAsk } from "../../engine/answer/answer-kind.ts";
import { bar, type StudyBar, type StudyTable } from "../result.ts";
import type { StudyContext } from "../study.ts";

const SOURCES = ["alpacaeval", "mmlupro", "routellm", "zeroeval", "bfcl"];
const OPEN = "alpacaeval";
const MOST_CASCADED = 0.05;

/** What kind of answer each source's prompts are taken to ask for: open text must not be cascaded. */
export async function openTextTable(context: StudyContext): Promise<{ table: StudyTable; bar: StudyBar }> {
  const rows: (string | number)[][] = [];
  let cascaded = Number.NaN;
  for (const source of SOURCES) {
    const { prompts } = await context.readTable({ sources: [source] });
    const kinds = prompts.map(({ conversation }) => answerAsk(conversation).kind);
    const shares = ANSWER_KINDS.map((kind) => kinds.filter((one) => one === kind).length / kinds.length);
    if (source === OPEN) cascaded = 1 - shares[ANSWER_KINDS.indexOf("text")]!;
    rows.push([source, prompts.length, ...shares]);
  }
  return {
    table: {
      title: "What the prompts' answers can be compared by",
      columns: ["source", "prompts", ...ANSWER_KINDS],
      rows,
      note: "A request of kind text is never cascaded, unless its route's own audits show that it pays: only an empty, refused or cut-off answer escalates.",
    },
    bar: bar(`share of open-ended prompts (${OPEN}) that plans may touch`, cascaded, "at most", MOST_CASCADED),
  };
}
