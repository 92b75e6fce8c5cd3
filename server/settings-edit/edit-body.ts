import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { keyOf } from "../caller.ts";
import type { EditOutcome, EditTerms } from "./settings-edits.ts";

/** What every change says beside what it changes. */
export const EDIT_TERMS = {
  etag: z.string().min(1).max(100).meta({ description: "of the file as you read it" }),
  dry_run: z.boolean().default(false).meta({ description: "checks everything and changes nothing" }),
  note: z.string().trim().min(1).max(300).optional().meta({ description: "why, kept with the revision" }),
};
const Terms = z.strictObject(EDIT_TERMS);

/** A section as it is shown. */
export const WRITTEN = {
  section: z.string(),
  etag: z.string(),
  written: z.unknown().meta({ description: "as in the file, secrets masked; null: the file does not have it" }),
  written_yaml: z.string().nullable(),
  effective: z.unknown().meta({ description: "with defaults, environment and flags, secrets masked" }),
};

export const Outcome = z.strictObject({
  ...WRITTEN,
  notices: z.array(z.string()),
  restart: z.array(z.string()).meta({ description: "paths that take effect at the next start" }),
  revision: z.number().int().nullable().meta({ description: "null: nothing was changed, or nothing was kept of it" }),
});

/** Who asks is known by the way they ask. */
export function termsOf({ etag, dry_run: isDry, note }: z.infer<typeof Terms>, request: FastifyRequest): EditTerms {
  const by = keyOf(request.headers, request.query) === null ? "a session of the dashboard" : "the admin key";
  return { etag, isDry, by, ...(note === undefined ? {} : { note }) };
}

export function outcomeBody({ writtenYaml, notices, restart, ...outcome }: EditOutcome): z.infer<typeof Outcome> {
  return { ...outcome, written_yaml: writtenYaml, notices: [...notices], restart: [...restart] };
}
