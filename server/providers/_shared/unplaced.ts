import type { ChatResult, Unplaced } from "../../chat.ts";

/** As a field of a result: each thing once, no field for none. */
export function unplacedField(things: readonly Unplaced[]): Pick<ChatResult, "unplaced"> {
  return things.length === 0 ? {} : { unplaced: [...new Set(things)] };
}

/** What bytes of this media type are. */
export function unplacedMedia(mediaType: string | null | undefined): Unplaced {
  if (mediaType?.startsWith("image/")) return "image";
  return mediaType?.startsWith("audio/") ? "audio" : "file";
}
