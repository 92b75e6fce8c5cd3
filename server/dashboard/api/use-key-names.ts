import type { KeyBody } from "../../keys/key-body.ts";
import { useApi } from "./use-api.ts";

const MOST = 1_000;

/** Names of virtual keys by their ids; a key that is gone keeps its id. */
export function useKeyNames(): (id: string) => string {
  const { data } = useApi<{ readonly keys: readonly KeyBody[] }>(`/admin/keys?limit=${MOST}`);
  const names = new Map((data?.keys ?? []).map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}
