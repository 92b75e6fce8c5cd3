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
];
