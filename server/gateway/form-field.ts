import type { Span } from "../json-scan.ts";

const END_OF_HEADERS = "\r\n\r\n";

/**
 * Where a short text field of a multipart form stands in its bytes; files are stepped over.
 *
 * @returns null when there is no such field, or no form
 * @source RFC 7578 and RFC 2046, section 5.1.1
 */
export function formField(body: Buffer, contentType: string, name: string): Span | null {
  const [, quoted, bare] = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return null;
  const delimiter = `--${boundary}`;
  let at = body.indexOf(delimiter);
  while (at !== -1) {
    const start = at + delimiter.length;
    const next = body.indexOf(`\r\n${delimiter}`, start);
    const headersEnd = body.indexOf(END_OF_HEADERS, start);
    if (next === -1 || headersEnd === -1 || headersEnd > next) return null;
    const headers = body.toString("latin1", start, headersEnd);
    if (nameOf(headers) === name) return { start: headersEnd + END_OF_HEADERS.length, end: next };
    at = next + 2;
  }
  return null;
}

/** The field's name; null for a file. */
function nameOf(headers: string): string | null {
  const disposition = /^content-disposition:(.*)$/im.exec(headers)?.[1] ?? "";
  if (/;\s*filename\*?=/i.test(disposition)) return null;
  const [, quoted, bare] = /;\s*name=(?:"([^"]*)"|([^;\s]+))/i.exec(disposition) ?? [];
  return quoted ?? bare ?? null;
}
