import type { Candidate } from "../../../engine/schema/candidate.ts";
import type { CascadeLesson } from "../../../engine/schema/cascade-lesson.ts";
import type { Dialect } from "../../dialect.ts";
import { conversationOfCall } from "../../gateway/conversation-of-call.ts";
import { type ReadCall, readCall } from "../../gateway/read-call.ts";
import { keptText } from "../../log/kept-text.ts";
import type { Asked, AskUpstream } from "./ask-upstream.ts";
import { lessonOf } from "./audit-lesson.ts";
import type { Audit, AuditChange } from "./audit-store.ts";
import type { AuditText } from "./audit-text.ts";
import { type Judgement, judge, judgeFor } from "./judge.ts";
import type { ObservationSection } from "./observation-config.ts";
import { type Answers, type Verifiers, verify } from "./verify.ts";

export interface ExamineDeps {
  readonly ask: AskUpstream;
  readonly verifiers: Verifiers;
  readonly dialects: ReadonlyMap<string, Dialect>;
  readonly catalogue: () => readonly Candidate[];
  readonly clock: () => number;
}

/** What an audit found; `retry`: nothing yet, because a model could not be reached. */
export type Examined =
  | {
      readonly kind: "ended";
      readonly change: AuditChange;
      readonly otherAnswer: string | null;
      /** null where nothing is to be learned from it. */
      readonly lesson: CascadeLesson | null;
    }
  | { readonly kind: "retry"; readonly reason: string; readonly replayNanoUsd: number; readonly judgeNanoUsd: number };

/** Runs one audit: asks the model that did not answer the client, and compares the two answers. */
export async function examine(
  audit: Audit,
  text: AuditText,
  section: ObservationSection,
  deps: ExamineDeps,
  signal: AbortSignal,
): Promise<Examined> {
  const other = audit.served === "incumbent" ? audit.chosen : audit.incumbent;
  const replayed = await replay(other);
  let replayNanoUsd = replayed.costNanoUsd;
  let judgeNanoUsd = 0;
  if (replayed.kind === "failed")
    return { kind: "retry", reason: `replay_${replayed.error}`, replayNanoUsd, judgeNanoUsd };
  const routedNanoUsd = audit.served === "incumbent" ? replayed.costNanoUsd : audit.routedNanoUsd;

  const verdict =
    replayed.kind === "refused"
      ? // A client would have been refused where it had an answer, or the other way round.
        verdictOfRefusal(audit)
      : await compare(answersOf(audit, text.answer, replayed.text));
  if (verdict.kind === "unjudged") {
    return ended({ state: "unjudged", reason: verdict.reason });
  }
  const noise = audit.isNoise ? await noiseOf() : null;
  return ended({
    state: "done",
    judgedBy: verdict.by,
    incumbentQuality: verdict.incumbentQuality,
    routedQuality: verdict.routedQuality,
    noise,
  });

  function ended(change: Pick<AuditChange, "state"> & Partial<AuditChange>): Examined {
    return {
      kind: "ended",
      change: { routedNanoUsd, finishedAtMs: deps.clock(), ...change, replayNanoUsd, judgeNanoUsd },
      otherAnswer: replayed.kind === "answer" ? replayed.text : null,
      lesson: replayed.kind === "answer" ? taught(change, answersOf(audit, text.answer, replayed.text)) : null,
    };
  }

  function taught(
    { incumbentQuality, routedQuality }: Partial<AuditChange>,
    { incumbent, routed }: Answers,
  ): CascadeLesson | null {
    if (text.lesson === undefined || incumbentQuality == null || routedQuality == null) return null;
    return lessonOf(text.lesson, {
      requestId: audit.requestId,
      route: audit.route,
      inputTokens: text.inputTokens,
      conversation: conversationOfCall(callOf()),
      incumbent: [incumbent, incumbentQuality],
      chosen: [routed, routedQuality],
    });
  }

  function callOf(): ReadCall {
    const dialect = deps.dialects.get(text.dialect)!; // it was replayed in it
    return readCall(Buffer.from(text.body, "utf8"), dialect, text.path);
  }

  /** A plan is asked as a whole: all its calls are one answer and one bill. */
  function replay(choice: string): Promise<Asked> {
    const { answer: _answer, otherAnswer: _other, task: _task, complexity: _c, lesson: _lesson, basis, ...call } = text;
    const asked = { ...call, route: audit.route, timeoutMs: null, signal };
    if (basis === undefined || choice !== audit.chosen) return deps.ask({ ...asked, candidateId: choice });
    const [first] = basis.plan.first;
    return deps.ask({ ...asked, candidateId: basis.candidates[first!]!.candidateId, basis });
  }

  /** Whose answers may be among the two: nobody judges its own. */
  function authors(): ReadonlySet<string> {
    const { basis } = text;
    const planned = basis === undefined ? [] : [...basis.plan.first, ...basis.plan.candidates];
    return new Set([audit.incumbent, audit.chosen, ...planned.map((index) => basis!.candidates[index]!.candidateId)]);
  }

  async function compare(answers: Answers): Promise<Judgement> {
    const chat = callOf().chat();
    const { metadata, inputTokens, task, complexity } = text;
    const facts = { inputTokens, task, complexity, hasTools: false, hasImages: false, metadata };
    const verified = await verify(answers, { chat, metadata, facts }, section, deps.verifiers);
    if (verified !== null) return { kind: "judged", costNanoUsd: 0, ...verified };
    const catalogue = deps.catalogue();
    const compared = catalogue.filter(({ candidateId }) => authors().has(candidateId));
    const configured = [section.judge.model ?? []].flat();
    const judgement = await judge(
      {
        route: audit.route,
        judge: judgeFor(compared, configured, catalogue).judge,
        rubric: section.judge.rubric ?? null,
        question: questionOf(keptText(chat, null)),
        answers,
        signal,
      },
      { ask: deps.ask, timeoutMs: section.judge.timeoutMs },
    );
    judgeNanoUsd += judgement.costNanoUsd;
    return judgement;
  }

  /** The incumbent's second answer against its first; null where it cannot be had. */
  async function noiseOf(): Promise<number | null> {
    const again = await replay(audit.incumbent);
    replayNanoUsd += again.costNanoUsd;
    const first = audit.served === "incumbent" ? text.answer : replayed.kind === "answer" ? replayed.text : null;
    if (again.kind !== "answer" || first === null) return null;
    const compared = await compare({ incumbent: first, routed: again.text });
    return compared.kind === "judged" ? compared.routedQuality - compared.incumbentQuality : null;
  }
}

function verdictOfRefusal({ served }: Audit): Judgement {
  const isRouted = served === "incumbent";
  return {
    kind: "judged",
    by: "refusal",
    incumbentQuality: isRouted ? 1 : 0,
    routedQuality: isRouted ? 0 : 1,
    costNanoUsd: 0,
  };
}

function answersOf({ served }: Audit, answered: string, replayed: string): Answers {
  return served === "incumbent" ? { incumbent: answered, routed: replayed } : { incumbent: replayed, routed: answered };
}

/** The conversation as a judge, or a person, reads it. */
export function questionOf(content: ReturnType<typeof keptText>): string {
  if (content === null) return "";
  const turns = (content.messages ?? []).map(({ role, content: said }) => `${role}: ${String(said ?? "")}`);
  return [...(content.system === undefined ? [] : [`system: ${content.system}`]), ...turns].join("\n\n");
}
