import type { Named } from "../../engine/discover.ts";
import type { ConfigDraft } from "./draft.ts";

/** Turns another gateway's configuration into ours. One file each in importers/. */
export interface ConfigImporter extends Named {
  /** What the files are, in a few words. */
  readonly title: string;
  /** @throws ApiError `config_invalid` when the text is not such a configuration */
  draft(text: string): ConfigDraft;
}

export function defineConfigImporter(importer: ConfigImporter): ConfigImporter {
  return importer;
}
