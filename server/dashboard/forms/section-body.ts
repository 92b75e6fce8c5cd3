import type { JsonSchema } from "./json-schema.ts";

/** Answer of GET /admin/settings/:section. */
export interface SectionBody {
  readonly section: string;
  /** Of the whole file; another one says that somebody changed it. */
  readonly etag: string;
  /** As the file has it, secrets masked; null: it has no such section. */
  readonly written: unknown;
  /** The same with its comments. */
  readonly written_yaml: string | null;
  readonly effective: unknown;
  readonly editable: boolean;
  readonly reason: string | null;
}

/** Answer of PUT /admin/settings/:section. */
export interface SavedSection extends Pick<SectionBody, "section" | "etag" | "written" | "written_yaml" | "effective"> {
  readonly notices: readonly string[];
  /** Paths that take effect at the next start. */
  readonly restart: readonly string[];
  /** null: nothing was changed. */
  readonly revision: number | null;
}

/** A section in GET /admin/settings/sections. */
export interface SectionInfo {
  readonly section: string;
  readonly title: string;
  readonly description: string;
  readonly editable: boolean;
  readonly reason: string | null;
  readonly restart: boolean;
  /** What of it takes effect at the next start. */
  readonly restart_paths: readonly string[];
  readonly schema: JsonSchema;
}
