import { discover } from "../engine/discover.ts";
import { ApiError } from "./errors.ts";
import type { Storage, StorageOptions, StoragePlugin } from "./storage.ts";
import { schemeOf } from "./url-scheme.ts";

/** Opens the backend that the scheme of `url` names, e.g. `sqlite:./data/weir.db`. */
export async function openStorage(url: string, options: StorageOptions = {}): Promise<Storage> {
  const scheme = schemeOf(url);
  const backends = await discover<StoragePlugin>(new URL("./storage/", import.meta.url));
  const backend = backends.get(scheme);
  if (backend === undefined) {
    const known = [...backends.keys()].map((name) => `${name}:`).join(", ");
    throw new ApiError("storage_invalid", `no storage speaks "${scheme}:" (known: ${known})`, { place: "storage.url" });
  }
  return backend.open(url, options);
}
