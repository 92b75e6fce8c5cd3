import type { MediaSource } from "../../chat.ts";

const TYPE_OF_EXTENSION: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  html: "text/html",
  mp3: "audio/mpeg",
  wav: "audio/wav",
};

/** Media type by the ending of a URL's path; the fallback when it tells nothing. */
export function mediaTypeOfUrl(url: string, fallback: string): string {
  const extension = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? "";
  return TYPE_OF_EXTENSION[extension] ?? fallback;
}

/** The source as a URL: a data URL for bytes, the id for a file. */
export function urlOfMedia(source: MediaSource): string {
  if (source.kind === "base64") return `data:${source.mediaType};base64,${source.data}`;
  return source.kind === "url" ? source.url : source.fileId;
}

/** Bytes of a data URL as bytes; every other source as it is. */
export function unpackMedia(source: MediaSource): MediaSource {
  if (source.kind !== "url") return source;
  const match = /^data:([^;,]+);base64,(.*)$/s.exec(source.url);
  return match === null ? source : { kind: "base64", mediaType: match[1]!, data: match[2]! };
}

/** Text of a document that is text; null for every other. */
export function textOfMedia(source: MediaSource): string | null {
  if (source.kind !== "base64" || !/^(text\/|application\/(json|xml)$)/.test(source.mediaType)) return null;
  return Buffer.from(source.data, "base64").toString("utf8");
}
