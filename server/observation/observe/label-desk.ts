import type { Dialect } from "../../dialect.ts";
import { ApiError } from "../../errors.ts";
import { readCall } from "../../gateway/read-call.ts";
import { keptText } from "../../log/kept-text.ts";
import { lotOf } from "../audit-design.ts";
import type { Audit, AuditStore } from "./audit-store.ts";
import { AuditText } from "./audit-text.ts";
import { questionOf } from "./examine.ts";
import { qualitiesOf } from "./judge.ts";

/** A request with two answers for a person to compare, who is not told which model wrote which. */
export interface LabelTask {
  readonly request: string;
  readonly question: string;
  readonly a: string;
  readonly b: string;
}

export interface Label {
  readonly request: string;
  readonly better: "a" | "b" | "tie";
}

/** Where people label the sub-sample of audits that is drawn for them. */
export interface LabelDesk {
  tasks(route: string, limit: number): Promise<readonly LabelTask[]>;
  /** @throws ApiError `not_found` for an audit that waits for no label */
  label(label: Label): Promise<void>;
}

export function createLabelDesk(
  store: AuditStore,
  dialects: () => ReadonlyMap<string, Dialect>,
  onLabelled: () => void,
): LabelDesk {
  return {
    async tasks(route, limit) {
      const audits = await store.unlabelled(route, limit);
      const tasks = await Promise.all(audits.map((audit) => taskOf(audit)));
      return tasks.flatMap((task) => task ?? []);
    },
    async label({ request, better }) {
      const audit = await store.findAudit(request);
      if (audit === null || !audit.isGold || (audit.state !== "done" && audit.state !== "unjudged")) {
        throw new ApiError("not_found", `no audit "${request}" waits for a label`, { place: "request" });
      }
      const isRoutedFirst = isSwapped(audit);
      const sign = better === "tie" ? 0 : (better === "a") === isRoutedFirst ? 1 : -1;
      const { incumbentQuality, routedQuality } = qualitiesOf(sign);
      await store.change(request, {
        state: audit.state,
        goldIncumbent: incumbentQuality,
        goldRouted: routedQuality,
        replayNanoUsd: 0,
        judgeNanoUsd: 0,
      });
      onLabelled();
    },
  };

  async function taskOf(audit: Audit): Promise<LabelTask | null> {
    const stored = await store.textOf(audit.requestId);
    const text = stored === null ? null : AuditText.parse(JSON.parse(stored));
    const dialect = text === null ? undefined : dialects().get(text.dialect);
    if (text?.otherAnswer === undefined || dialect === undefined) return null;
    const chat = readCall(Buffer.from(text.body, "utf8"), dialect, text.path).chat();
    const [incumbent, routed] =
      audit.served === "incumbent" ? [text.answer, text.otherAnswer] : [text.otherAnswer, text.answer];
    const [a, b] = isSwapped(audit) ? [routed, incumbent] : [incumbent, routed];
    return { request: audit.requestId, question: questionOf(keptText(chat, null)), a, b };
  }
}

/** Which answer comes first is drawn, and the same whenever it is asked. */
function isSwapped({ requestId, observationId }: Audit): boolean {
  return lotOf(observationId, "label order", requestId) < 0.5;
}
