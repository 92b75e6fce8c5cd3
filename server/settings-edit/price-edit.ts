import { EngineError } from "../../engine/errors.ts";

/**
 * The candidates of the file with one price set, or (null) taken away so that the price list's holds again.
 *
 * @param written candidates as the file has them
 * @param upstreams names of the configured upstreams: a model that is named as `<upstream>/<model>` gets an entry
 * @throws EngineError `unknown_model`
 */
export function withPrice(
  written: unknown,
  model: string,
  price: unknown,
  upstreams: readonly string[],
): readonly unknown[] {
  const candidates = Array.isArray(written) ? (written as readonly unknown[]) : [];
  const at = candidates.findIndex((one) => (one as { id?: unknown } | null)?.id === model);
  if (at >= 0) return candidates.map((one, i) => (i === at ? priced(one as object, price) : one));
  const upstream = upstreams.find((name) => model.startsWith(`${name}/`) && model.length > name.length + 1);
  if (upstream === undefined) {
    throw new EngineError("unknown_model", `"${model}" is neither under candidates nor <upstream>/<model>`);
  }
  return price === null ? candidates : [...candidates, { id: model, upstream, price }];
}

function priced(candidate: object, price: unknown): object {
  if (price !== null) return { ...candidate, price };
  const { price: _, ...rest } = candidate as Readonly<Record<string, unknown>>;
  return rest;
}
