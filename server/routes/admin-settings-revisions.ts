import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import { EDIT_TERMS, Outcome, outcomeBody, termsOf } from "../settings-edit/edit-body.ts";
import type { Revision } from "../settings-edit/revisions.ts";
import type { SettingsEdits } from "../settings-edit/settings-edits.ts";
import { sectionValue } from "../settings-edit/written.ts";

const ListQuery = z.strictObject({
  section: z.string().min(1).max(100).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z.coerce.number().int().positive().optional().meta({ description: "older than this revision" }),
});
const RestoreBody = z.strictObject(EDIT_TERMS);
const Params = z.strictObject({ id: z.coerce.number().int().positive() });
const RevisionBody = z.strictObject({
  revision: z.number().int(),
  at: z.string(),
  by: z.string(),
  section: z.string(),
  before: z.unknown().meta({ description: "null: the file did not have it" }),
  after: z.unknown(),
  before_yaml: z.string().nullable(),
  after_yaml: z.string().nullable(),
  restorable: z.boolean().meta({ description: "false: there were secrets in it, which are not kept" }),
  note: z.string().nullable(),
});

const list: Operation = {
  summary: "What was changed of weir.yaml here, newest first",
  description: "The newest 1,000 are kept. What was changed by hand is not among them.",
  access: "admin",
  query: ListQuery,
  answers: { 200: { description: "Revisions", schema: z.array(RevisionBody) } },
  errors: ["invalid_request"],
};
const restore: Operation = {
  summary: "Put a section back as it was before a revision",
  description: "With its comments. It is a change like any other: checked, applied and a revision of its own.",
  access: "admin",
  body: RestoreBody,
  answers: { 200: { description: "In effect", schema: Outcome } },
  errors: [
    "invalid_request",
    "config_invalid",
    "unknown_revision",
    "settings_changed",
    "settings_not_writable",
    "not_restorable",
  ],
};

export const adminRevisionsRoute: FastifyPluginAsync<{ edits: SettingsEdits }> = async (app, { edits }) => {
  app.get("/admin/settings/revisions", { config: { operation: list } }, async (request) =>
    edits.revisions(readInput(ListQuery, request.query)).map(revisionBody),
  );

  app.post<{ Params: { id: string } }>(
    "/admin/settings/revisions/:id/restore",
    { config: { operation: restore } },
    async (request) => {
      const { id } = readInput(Params, request.params);
      return outcomeBody(await edits.restore(id, termsOf(readInput(RestoreBody, request.body), request)));
    },
  );
};

function revisionBody(revision: Revision): z.infer<typeof RevisionBody> {
  const { section, before, after } = revision;
  return {
    revision: revision.revision,
    at: new Date(revision.atMs).toISOString(),
    by: revision.by,
    section,
    before: before === null ? null : sectionValue(section, before),
    after: after === null ? null : sectionValue(section, after),
    before_yaml: before,
    after_yaml: after,
    restorable: revision.isRestorable,
    note: revision.note,
  };
}
