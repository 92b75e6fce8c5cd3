import { discover } from "../../engine/discover.ts";
import { ApiError } from "../errors.ts";
import { schemeOf } from "../url-scheme.ts";
import type { Counters, CountersPlugin } from "./counters.ts";

/** Opens what the scheme of `shared.url` names, e.g. `memory:`. */
export async function openCounters(url: string): Promise<Counters> {
  const scheme = schemeOf(url);
  const stores = await discover<CountersPlugin>(new URL("./stores/", import.meta.url));
  const store = stores.get(scheme);
  if (store !== undefined) return store.open(url);
  const known = [...stores.keys()].map((name) => `${name}:`).join(", ");
  throw new ApiError("storage_invalid", `no shared state speaks "${scheme}:" (known: ${known})`, {
    place: "shared.url",
  });
}
