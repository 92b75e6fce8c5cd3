import type { JsonSchema } from "../../forms/json-schema.ts";

/** Answer of GET /admin/guardrails/checks. */
export interface ChecksBody {
  readonly checks: readonly {
    readonly check: string;
    readonly description: string;
    readonly phases: readonly ("input" | "output")[];
    readonly redacts: boolean;
    readonly needs_whole: boolean;
    readonly is_remote: boolean;
    readonly timeout_ms: number;
    readonly options: JsonSchema;
  }[];
}
export type CheckBody = ChecksBody["checks"][number];

/** Answer of GET /admin/guardrails/outcomes. */
export interface OutcomesBody {
  readonly requests: number;
  readonly guardrails: readonly {
    readonly name: string;
    readonly looked: number;
    readonly outcomes: Readonly<Record<string, number>>;
  }[];
}

/** Answer of POST /admin/guardrails/try. */
export interface TriedBody {
  readonly outcome: string;
  readonly found: Readonly<Record<string, number>>;
  readonly text: string | null;
  readonly ms: number;
}
