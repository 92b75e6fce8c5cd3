import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import type { Change } from "../settings-edit/content-from.ts";
import { EDIT_TERMS, Outcome, outcomeBody, termsOf, WRITTEN } from "../settings-edit/edit-body.ts";
import { restartPathsOf, type SectionName, sectionInfo, sectionSchema } from "../settings-edit/sections.ts";
import type { SettingsEdits } from "../settings-edit/settings-edits.ts";

const PutBody = z
  .strictObject({
    value: z.unknown().optional().meta({ description: "the whole section; null takes it out of the file" }),
    yaml: z.string().max(1_000_000).optional().meta({ description: "in place of `value`: its text, with comments" }),
    ...EDIT_TERMS,
  })
  .refine((body) => (body.value === undefined) !== (body.yaml === undefined), {
    message: "one of value and yaml is needed",
    path: ["value"],
  });
const PriceBody = z.strictObject({
  price: z
    .union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown()))])
    .nullable()
    .meta({ description: "as under candidates in weir.yaml; null: the price list's" }),
  ...EDIT_TERMS,
});

const Section = z.strictObject({
  section: z.string(),
  title: z.string(),
  description: z.string(),
  editable: z.boolean(),
  reason: z.string().nullable(),
  restart: z.boolean().meta({ description: "whether some of it takes effect at the next start" }),
  restart_paths: z.array(z.string()),
  schema: z.looseObject({}).meta({ description: "JSON Schema of what may be written" }),
});
const Shown = z.strictObject({ ...WRITTEN, editable: z.boolean(), reason: z.string().nullable() });
const list: Operation = {
  summary: "The sections of weir.yaml, with the schema of each",
  access: "admin",
  answers: { 200: { description: "Sections", schema: z.array(Section) } },
};
const show: Operation = {
  summary: "A section as the file has it, and as it is in effect",
  access: "admin",
  answers: { 200: { description: "The section", schema: Shown } },
  errors: ["unknown_section"],
};
const put: Operation = {
  summary: "Change a section of weir.yaml",
  description:
    "It is checked as at a start, written in the file's place at once, applied, and kept as a revision; comments and every " +
    "other section stay. A masked text that comes back keeps what the file has; new secrets are named " +
    "as variables and stand in the environment. `error.problems` lists every fault with its path.",
  access: "admin",
  body: PutBody,
  answers: { 200: { description: "In effect", schema: Outcome } },
  errors: ["invalid_request", "config_invalid", "unknown_section", "settings_changed", "settings_not_writable"],
};
const putPrice: Operation = {
  summary: "Set what a model costs, in weir.yaml",
  description: "The short way to the `price` of one of `candidates`; nothing else of them changes.",
  access: "admin",
  body: PriceBody,
  answers: { 200: { description: "In effect", schema: Outcome } },
  errors: ["invalid_request", "config_invalid", "unknown_model", "settings_changed", "settings_not_writable"],
};

export const adminSettingsEditRoute: FastifyPluginAsync<{ edits: SettingsEdits }> = async (app, { edits }) => {
  // The same for as long as the process lives, and not worth making before somebody asks.
  const schemas = new Map<SectionName, Record<string, unknown>>();
  function schemaOf(section: SectionName): Record<string, unknown> {
    const known = schemas.get(section) ?? sectionSchema(sectionInfo(section).schema);
    schemas.set(section, known);
    return known;
  }

  app.get("/admin/settings/sections", { config: { operation: list } }, async () =>
    edits.list().map(({ section, reason }) => sectionBody(section, reason, schemaOf(section))),
  );

  app.get<{ Params: { section: string } }>(
    "/admin/settings/:section",
    { config: { operation: show } },
    async ({ params }) => {
      const { section, etag, written, writtenYaml, effective, reason } = edits.show(params.section);
      return { section, etag, written, written_yaml: writtenYaml, effective, editable: reason === null, reason };
    },
  );

  app.put<{ Params: { section: string } }>(
    "/admin/settings/:section",
    { config: { operation: put } },
    async (request) => {
      const body = readInput(PutBody, request.body);
      return outcomeBody(await edits.put(request.params.section, changeOf(body), termsOf(body, request)));
    },
  );

  app.put<{ Params: { model: string } }>(
    "/admin/prices/:model",
    { config: { operation: putPrice } },
    async (request) => {
      const body = readInput(PriceBody, request.body);
      return outcomeBody(await edits.putPrice(request.params.model, body.price, termsOf(body, request)));
    },
  );
};

function sectionBody(
  section: SectionName,
  reason: string | null,
  schema: Record<string, unknown>,
): z.infer<typeof Section> {
  const { title, description } = sectionInfo(section);
  const paths = restartPathsOf(section);
  return {
    section,
    title,
    description,
    editable: reason === null,
    reason,
    restart: paths.length > 0,
    restart_paths: paths,
    schema,
  };
}

function changeOf({ value, yaml }: z.infer<typeof PutBody>): Change {
  if (yaml !== undefined) return { kind: "yaml", yaml };
  return value === null ? null : { kind: "value", value };
}
