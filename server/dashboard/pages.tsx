import { type ComponentType, lazy } from "react";

export interface PageEntry {
  readonly path: string;
  readonly title: string;
  /** Heading of the navigation that it stands under. */
  readonly group: "Traffic" | "Router" | "Control";
  readonly Page: ComponentType;
}

/** The pages in the order of the navigation; each is loaded when it is first opened. */
export const PAGES: readonly PageEntry[] = [
  {
    path: "/overview",
    title: "Overview",
    group: "Traffic",
    Page: lazy(() => import("./pages/overview/overview.tsx")),
  },
  {
    path: "/costs",
    title: "Costs",
    group: "Traffic",
    Page: lazy(() => import("./pages/costs/costs.tsx")),
  },
  {
    path: "/requests",
    title: "Requests",
    group: "Traffic",
    Page: lazy(() => import("./pages/requests/requests.tsx")),
  },
  {
    path: "/playground",
    title: "Playground",
    group: "Traffic",
    Page: lazy(() => import("./pages/playground/playground.tsx")),
  },
  {
    path: "/routing",
    title: "Routing",
    group: "Router",
    Page: lazy(() => import("./pages/routing/routing.tsx")),
  },
  {
    path: "/observation",
    title: "Observation",
    group: "Router",
    Page: lazy(() => import("./pages/observation/observation.tsx")),
  },
  {
    path: "/savings",
    title: "Savings",
    group: "Router",
    Page: lazy(() => import("./pages/savings/savings.tsx")),
  },
  {
    path: "/drift",
    title: "Drift",
    group: "Router",
    Page: lazy(() => import("./pages/drift/drift.tsx")),
  },
  {
    path: "/routers",
    title: "Routers",
    group: "Router",
    Page: lazy(() => import("./pages/routers/routers.tsx")),
  },
  {
    path: "/keys",
    title: "Keys",
    group: "Control",
    Page: lazy(() => import("./pages/keys/keys.tsx")),
  },
  {
    path: "/budgets",
    title: "Budgets",
    group: "Control",
    Page: lazy(() => import("./pages/budgets/budgets.tsx")),
  },
  {
    path: "/limits",
    title: "Limits",
    group: "Control",
    Page: lazy(() => import("./pages/limits/limits.tsx")),
  },
  {
    path: "/guardrails",
    title: "Guardrails",
    group: "Control",
    Page: lazy(() => import("./pages/guardrails/guardrails.tsx")),
  },
  {
    path: "/cache",
    title: "Cache",
    group: "Control",
    Page: lazy(() => import("./pages/cache/cache.tsx")),
  },
  {
    path: "/prices",
    title: "Prices",
    group: "Control",
    Page: lazy(() => import("./pages/prices/prices.tsx")),
  },
  {
    path: "/settings",
    title: "Settings",
    group: "Control",
    Page: lazy(() => import("./pages/settings/settings.tsx")),
  },
];
