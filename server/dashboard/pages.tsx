import { type ComponentType, lazy } from "react";

export interface PageEntry {
  readonly path: string;
  readonly title: string;
  readonly Page: ComponentType;
}

/** The pages in the order of the navigation; each is loaded when it is first opened. */
export const PAGES: readonly PageEntry[] = [
  { path: "/overview", title: "Overview", Page: lazy(() => import("./pages/overview/overview.tsx")) },
  { path: "/costs", title: "Costs", Page: lazy(() => import("./pages/costs/costs.tsx")) },
  { path: "/requests", title: "Requests", Page: lazy(() => import("./pages/requests/requests.tsx")) },
  { path: "/routing", title: "Routing", Page: lazy(() => import("./pages/routing/routing.tsx")) },
  {
    path: "/observation",
    title: "Observation",
    Page: lazy(() => import("./pages/observation/observation.tsx")),
  },
  { path: "/savings", title: "Savings", Page: lazy(() => import("./pages/savings/savings.tsx")) },
  { path: "/playground", title: "Playground", Page: lazy(() => import("./pages/playground/playground.tsx")) },
  { path: "/keys", title: "Keys", Page: lazy(() => import("./pages/keys/keys.tsx")) },
  { path: "/budgets", title: "Budgets", Page: lazy(() => import("./pages/budgets/budgets.tsx")) },
  { path: "/guardrails", title: "Guardrails", Page: lazy(() => import("./pages/guardrails/guardrails.tsx")) },
  { path: "/cache", title: "Cache", Page: lazy(() => import("./pages/cache/cache.tsx")) },
  { path: "/routers", title: "Routers", Page: lazy(() => import("./pages/routers/routers.tsx")) },
  { path: "/prices", title: "Prices", Page: lazy(() => import("./pages/prices/prices.tsx")) },
  { path: "/settings", title: "Settings", Page: lazy(() => import("./pages/settings/settings.tsx")) },
];
