import type { CascadeManifest } from "../../engine/schema/cascade.ts";

const HEADING = "## Looking at answers";

/** An artifact's card with what its cascade was learned from and where it was shown to pay. */
export function cascadeCard(card: string, { pools, data }: CascadeManifest): string {
  const before = card.split(`\n${HEADING}`)[0]!.trimEnd();
  const rows = pools.map(({ name, kinds, members, shown }) => {
    const { prompts, gain, gain_low, pays, structures } = shown;
    return `| ${name} | ${kinds.join(", ")} | ${members.length} | ${prompts} | ${gain.toFixed(4)} | ${gain_low.toFixed(4)} | ${pays ? "yes" : "no"} | ${structures.join("; ")} |`;
  });
  const sources = data.map(({ source, answers, digest }) => `${source} (${answers} answers, ${digest.slice(0, 12)})`);
  return `${before}

${HEADING}

Plans ask a cheap model first, or two at once, and look at what they say before a dear one is paid for. Learned on train
rows of ${sources.join(", ")}. Gain: net quality a request over the better of two routers that look at no answer, meaned
over trade-offs, at the recorded prices; each route solves again at its own and follows plans only where the lower bound
is above 0. It was learned from short answers that were graded exactly; open text is never cascaded by it.

| pool | kinds of answer | models | prompts | gain | low | pays | structures |
|---|---|---|---|---|---|---|---|
${rows.join("\n")}
`;
}
