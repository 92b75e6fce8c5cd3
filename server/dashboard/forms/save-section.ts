import { RequestError, send } from "../api/client.ts";
import type { SavedSection, SectionBody } from "./section-body.ts";

/** A change of weir.yaml, made from how the file is now. */
export interface SectionChange {
  readonly url: string;
  /** Beside the etag. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Where problems of what was typed begin, e.g. `limits.2`. */
  readonly path: string;
}

/** Somebody else changed the same section meanwhile. */
export class SectionConflict extends RequestError {
  readonly now: SectionBody;
  constructor(error: RequestError, now: SectionBody) {
    super(error.status, error.code, error.message);
    this.now = now;
  }
}

/**
 * Writes a change into the file. Where somebody changed another section meanwhile, it is made again on what is there now.
 *
 * @throws RequestError, SectionConflict
 */
export async function saveSection(
  base: SectionBody,
  changeOf: (now: SectionBody) => SectionChange,
): Promise<SavedSection> {
  const put = (now: SectionBody) => {
    const { url, body } = changeOf(now);
    return send<SavedSection>("PUT", url, { ...body, etag: now.etag });
  };
  try {
    return await put(base);
  } catch (error) {
    if (!(error instanceof RequestError) || error.code !== "settings_changed") throw error;
    const now = await send<SectionBody>("GET", sectionUrl(base.section));
    if (JSON.stringify(now.written) !== JSON.stringify(base.written)) throw new SectionConflict(error, now);
    return put(now);
  }
}

export function sectionUrl(section: string): string {
  return `/admin/settings/${encodeURIComponent(section)}`;
}

/** The whole section anew. */
export function wholeChange(section: string, value: unknown, path = section): SectionChange {
  return { url: sectionUrl(section), body: { value }, path };
}

/** The whole section anew, as text with its comments. */
export function textChange(section: string, yaml: string, isDry: boolean): SectionChange {
  return { url: sectionUrl(section), body: { yaml, dry_run: isDry }, path: section };
}
