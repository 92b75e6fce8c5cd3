import { entriesOf } from "../../forms/entries.ts";
import type { JsonSchema } from "../../forms/json-schema.ts";
import type { SectionChange } from "../../forms/save-section.ts";
import type { SavedSection, SectionBody, SectionInfo } from "../../forms/section-body.ts";
import { SectionForm } from "../../forms/section-form.tsx";
import { asWritten, type PricedModel } from "./price-body.ts";

interface PriceFormProps {
  readonly of: PricedModel;
  readonly base: SectionBody;
  readonly info: SectionInfo;
  readonly onSaved: (saved: SavedSection) => void;
}

const LABELS = {
  inputUsdPerMTok: "Input",
  outputUsdPerMTok: "Output",
  cacheReadUsdPerMTok: "Cache read",
  cacheWriteUsdPerMTok: "Cache write",
  cacheWrite1hUsdPerMTok: "Cache write, kept an hour",
  inputAudioUsdPerMTok: "Input, audio",
  inputImageUsdPerMTok: "Input, images",
  cacheReadAudioUsdPerMTok: "Cache read, audio",
  outputAudioUsdPerMTok: "Output, audio",
  outputImageUsdPerMTok: "Output, images",
  usdPerRequest: "USD a request",
  usdPerWebSearch: "USD a web search",
  usdPerFileSearch: "USD a file search",
  tiers: "Tiers",
  serviceTiers: "Service tiers",
  from: "From",
};

/** What a model costs; several prices with their moments are edited as JSON. */
export function PriceForm({ of: row, base, info, onSaved }: PriceFormProps) {
  const before = candidateOf(base, row.model)?.price;
  const isList = Array.isArray(before);
  const price = info.schema.items?.properties?.price;
  const [single] = price?.anyOf ?? [];
  const schema: JsonSchema = isList ? { properties: { price: price ?? {} } } : (single ?? {});
  return (
    <SectionForm
      base={base}
      initial={isList ? { price: before } : ((before as Record<string, unknown> | undefined) ?? asWritten(row))}
      schema={() => schema}
      words={() => ({ labels: isList ? {} : LABELS })}
      changeOf={(now, value) => priceChange(now, row.model, isList ? value.price : value)}
      currentOf={(now) => candidateOf(now, row.model)?.price}
      saveLabel="Save the price"
      onSaved={onSaved}
    />
  );
}

/** @param price null: what the price list says */
export function priceChange(now: SectionBody, model: string, price: unknown): SectionChange {
  const entries = entriesOf(now);
  const at = entries.findIndex(({ id }) => id === model);
  return {
    url: `/admin/prices/${encodeURIComponent(model)}`,
    body: { price },
    path: `candidates.${at === -1 ? entries.length : at}.price`,
  };
}

function candidateOf(now: SectionBody, model: string) {
  return entriesOf(now).find(({ id }) => id === model);
}
