import { Select } from "@mantine/core";
import type { Home } from "../api/bodies.ts";
import { useHashQuery } from "../api/hash-location.ts";
import { useApi } from "../api/use-api.ts";

/** Route that demo mode's days are played on. */
const PLAYED = "assistant";

/** The route that the address names, so that a page about one can be sent around; null until it is known which there are. */
export function useRoute(): { readonly route: string | null; readonly routes: readonly string[] } {
  const { data: home } = useApi<Home>("/?format=json");
  const [query] = useHashQuery();
  if (home === undefined) return { route: null, routes: [] };
  const { routes } = home;
  const usual = home.mode === "demo" && routes.includes(PLAYED) ? PLAYED : (routes[0] ?? "default");
  return { route: query.get("route") ?? usual, routes };
}

export function RoutePicker() {
  const { route, routes } = useRoute();
  const [, change] = useHashQuery();
  return (
    <Select
      aria-label="route"
      size="xs"
      data={[...routes]}
      value={route}
      onChange={(value) => change({ route: value, observation: null })}
      allowDeselect={false}
    />
  );
}
