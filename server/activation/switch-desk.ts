import { ApiError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import { type ActivationSwitch, type SwitchStore, whyFixed, withSwitches } from "./switches.ts";

export interface SwitchDeskDeps {
  readonly store: SwitchStore;
  /** As the file has it, without what was switched. @throws ConfigError */
  readonly readSettings: () => Settings;
  /** Whether a certificate of the route holds now. */
  readonly isCertified: (route: string) => boolean;
  /** Applies `readSettings` with what is switched. */
  readonly apply: () => Promise<void>;
  readonly clock: () => number;
}

/** Whether a route may be switched, and what is switched. */
export interface SwitchState {
  readonly route: string;
  /** Mode in the configuration. */
  readonly configured: string;
  /** Why it cannot be switched, in words; null where it can. */
  readonly whyFixed: string | null;
  readonly isCertified: boolean;
  readonly switched: ActivationSwitch | null;
}

/** Activates routes at run time, and takes it back; it outlasts restarts and every process on the storage follows. */
export interface SwitchDesk {
  state(route: string): SwitchState;
  /** @throws ApiError `unknown_route`, `forbidden`, or `not_certified` where neither certificate nor reason is there */
  activate(route: string, override: string | null): Promise<SwitchState>;
  deactivate(route: string): Promise<SwitchState>;
  /** The configuration with what is switched. */
  read(): Settings;
  /** Applies what another process has switched. @returns whether there was something */
  follow(): Promise<boolean>;
}

export function createSwitchDesk({ store, readSettings, isCertified, apply, clock }: SwitchDeskDeps): SwitchDesk {
  let applied = textOf(store.list());

  function state(route: string): SwitchState {
    const { routes } = readSettings();
    const section = Object.hasOwn(routes, route) ? routes[route] : undefined;
    if (section === undefined) throw new ApiError("unknown_route", `there is no route "${route}"`, { place: "route" });
    return {
      route,
      configured: section.mode,
      whyFixed: whyFixed(section),
      isCertified: isCertified(route),
      switched: store.list().find((one) => one.route === route) ?? null,
    };
  }

  /** A configuration that cannot be applied is told of once; its mending applies the switches too. */
  async function applyAll(): Promise<void> {
    applied = textOf(store.list());
    await apply();
  }

  return {
    state,
    async activate(route, override) {
      const { whyFixed: reason, isCertified: isSafe } = state(route);
      if (reason !== null)
        throw new ApiError("forbidden", `"${route}" cannot be switched: ${reason}`, { place: "route" });
      if (!isSafe && override === null) {
        throw new ApiError(
          "not_certified",
          `no certificate of "${route}" holds: certify it first, or say in \`override\` why it is routed without one`,
          { place: "override" },
        );
      }
      store.put({ route, override, atMs: clock() });
      await applyAll();
      return state(route);
    },
    async deactivate(route) {
      state(route);
      store.remove(route);
      await applyAll();
      return state(route);
    },
    read: () => withSwitches(readSettings(), store.list()),
    async follow() {
      if (textOf(store.list()) === applied) return false;
      await applyAll();
      return true;
    },
  };
}

function textOf(switches: readonly ActivationSwitch[]): string {
  return JSON.stringify(switches);
}
