import { z } from "zod";
import type { Citation } from "../../chat.ts";
import { lax, laxText } from "../_shared/lax.ts";

const number = lax(z.number());
const WireSource = lax(z.looseObject({ uri: laxText, title: laxText }));
/** A source of the answer's words: Gemini's name for the list, and Vertex's. */
const WireSpans = lax(z.array(z.looseObject({ uri: laxText, title: laxText, startIndex: number, endIndex: number })));

/** Where a candidate's text comes from: a search, or something the model quotes. */
export const WireGrounds = {
  groundingMetadata: lax(
    z.looseObject({
      groundingChunks: lax(z.array(z.looseObject({ web: WireSource, retrievedContext: WireSource, maps: WireSource }))),
      groundingSupports: lax(
        z.array(
          z.looseObject({
            segment: lax(z.looseObject({ startIndex: number, endIndex: number, text: laxText })),
            groundingChunkIndices: lax(z.array(z.number())),
          }),
        ),
      ),
    }),
  ),
  citationMetadata: lax(z.looseObject({ citationSources: WireSpans, citations: WireSpans })),
};
type WireGrounds = z.infer<z.ZodObject<typeof WireGrounds>>;

/**
 * Citations of a candidate's text, those without a place in it last. The vendor counts offsets in bytes of UTF-8; ours
 * are UTF-16 units.
 */
export function citationsOf(
  { groundingMetadata: grounding, citationMetadata: quoted }: Partial<WireGrounds>,
  text: string,
): Citation[] {
  const bytes = Buffer.from(text, "utf8");
  const unitOf = (offset: number) => bytes.subarray(0, offset).toString("utf8").length;
  const placeOf = (place: { startIndex?: number | null | undefined; endIndex?: number | null | undefined }) => ({
    start: unitOf(place.startIndex ?? 0),
    end: place.endIndex == null ? null : unitOf(place.endIndex),
  });
  const sources = (grounding?.groundingChunks ?? []).map((chunk) => chunk.web ?? chunk.retrievedContext ?? chunk.maps);
  const found: Citation[] = [];
  const placed = new Set<number>();
  for (const { segment, groundingChunkIndices } of grounding?.groundingSupports ?? []) {
    for (const index of groundingChunkIndices ?? []) {
      const source = sources[index];
      if (source == null) continue;
      placed.add(index);
      const place = segment == null ? { start: null, end: null } : placeOf(segment);
      found.push({ text: segment?.text ?? "", url: source.uri ?? null, title: source.title ?? null, ...place });
    }
  }
  for (const span of quoted?.citationSources ?? quoted?.citations ?? []) {
    const place = placeOf(span);
    found.push({
      text: text.slice(place.start, place.end ?? undefined),
      url: span.uri ?? null,
      title: span.title ?? null,
      ...place,
    });
  }
  for (const [index, source] of sources.entries()) {
    if (source == null || placed.has(index)) continue;
    found.push({ text: "", url: source.uri ?? null, title: source.title ?? null, start: null, end: null });
  }
  return found;
}
