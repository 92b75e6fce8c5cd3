interface PriceFigures {
  readonly input_usd_per_mtok: number;
  readonly output_usd_per_mtok: number;
  readonly cache_read_usd_per_mtok: number | null;
  readonly cache_write_usd_per_mtok: number | null;
}

export interface PricedModel {
  readonly model: string;
  readonly upstream: string;
  readonly upstream_model: string;
  readonly price: PriceFigures | null;
  readonly price_source: "weir.yaml" | "list" | null;
  /** From when the price of weir.yaml holds, where it says so. */
  readonly price_from: string | null;
  readonly context_tokens: number | null;
  readonly abilities: Readonly<Record<string, boolean>>;
}

/** Answer of GET /admin/prices. */
export interface PricesBody {
  readonly candidates: readonly PricedModel[];
  readonly alerts: readonly { readonly path: string; readonly message: string }[];
}

/** What is in effect, as weir.yaml would say it. */
export function asWritten({ price }: PricedModel): Readonly<Record<string, unknown>> {
  if (price === null) return {};
  const { input_usd_per_mtok: input, output_usd_per_mtok: output } = price;
  const { cache_read_usd_per_mtok: read, cache_write_usd_per_mtok: write } = price;
  return {
    inputUsdPerMTok: input,
    outputUsdPerMTok: output,
    ...(read === null ? {} : { cacheReadUsdPerMTok: read }),
    ...(write === null ? {} : { cacheWriteUsdPerMTok: write }),
  };
}
