import type { Candidate } from "../../../engine/schema/candidate.ts";
import { CascadeLesson } from "../../../engine/schema/cascade-lesson.ts";
import type { Manifest } from "../../../engine/schema/manifest.ts";
import { modelsOf } from "../../retrain/learning-rows.ts";
import type { AuditStore } from "./audit-store.ts";

export interface LessonDeskDeps {
  readonly store: Pick<AuditStore, "lessons">;
  readonly candidates: () => readonly Candidate[];
  readonly manifest: () => Manifest;
}

/** What a route's audits taught, as `weir train cascade --records` reads it. */
export interface LessonDesk {
  /** Newest first. Models go by the trained ones that stand for the candidates. */
  lessons(route: string, limit: number): Promise<readonly CascadeLesson[]>;
}

export function createLessonDesk({ store, candidates, manifest }: LessonDeskDeps): LessonDesk {
  return {
    async lessons(route, limit) {
      const modelOf = modelsOf(candidates(), manifest());
      const stored = await store.lessons(route, limit);
      return stored.flatMap((text) => {
        const parsed = CascadeLesson.safeParse(JSON.parse(text));
        if (!parsed.success) return []; // another version wrote it
        const { answers, ...lesson } = parsed.data;
        return [{ ...lesson, answers: answers.map((answer) => ({ ...answer, model: modelOf(answer.model) })) }];
      });
    },
  };
}
