import type { RouteSection } from "../config-schema.ts";
import type { Settings } from "../settings.ts";
import { DEFAULT_ACTIVATION, DEFAULT_RAMP } from "./activation-config.ts";

/** An administrator's word that a route, which the configuration only observes, is active. */
export interface ActivationSwitch {
  readonly route: string;
  /** Why it may be routed without a certificate; null: only under one. */
  readonly override: string | null;
  readonly atMs: number;
}

/** What was switched on; a row or a few of an embedded database. */
export interface SwitchStore {
  list(): readonly ActivationSwitch[];
  put(one: ActivationSwitch): void;
  remove(route: string): void;
}

/** The configuration with what was switched on at run time: such a route is as if the file said `mode: active`. */
export function withSwitches(settings: Settings, switches: readonly ActivationSwitch[]): Settings {
  const heeded = switches.filter(({ route }) => whyFixed(settings.routes[route]) === null);
  if (heeded.length === 0) return settings;
  const routes = heeded.map((one) => [one.route, switchedOn(settings.routes[one.route]!, one)] as const);
  return {
    ...settings,
    routes: { ...settings.routes, ...Object.fromEntries(routes) },
    notices: [...settings.notices, ...heeded.map(noticeOf)],
  };
}

/** Why the admin API may not switch a route that is configured so; null where it may. */
export function whyFixed(route: RouteSection | undefined): string | null {
  if (route === undefined) return "the configuration has no such route";
  if (route.mode !== "observe")
    return `the configuration says mode ${route.mode}; only a route that it observes can be switched`;
  if (route.activation?.byAdmin === false) return "the configuration forbids it: activation.byAdmin is false";
  return null;
}

/** What is careless to skip is not skipped: an override at run time has a ramp too. */
function switchedOn(route: RouteSection, { override }: ActivationSwitch): RouteSection {
  const { ramp = DEFAULT_RAMP, ...section } = route.activation ?? DEFAULT_ACTIVATION;
  return { ...route, mode: "active", activation: { ...section, ramp, ...(override === null ? {} : { override }) } };
}

function noticeOf({ route, override, atMs }: ActivationSwitch): string {
  const under = override === null ? "under its certificate" : `without a certificate: ${override}`;
  return `routes.${route}: activated by an administrator on ${new Date(atMs).toISOString()}, ${under}`;
}
