import { Text } from "@mantine/core";
import { percent } from "../../format.ts";
import type { ActiveRouteBody, CertificateStanding } from "./activation-body.ts";
import type { ObservationBody } from "./observation-body.ts";

interface RouteStepsProps {
  readonly observation: ObservationBody | null;
  readonly certificate: CertificateStanding;
  readonly active: ActiveRouteBody | null;
}

type State = "done" | "now" | "later" | "stopped";

interface Step {
  readonly title: string;
  readonly text: string;
  readonly state: State;
}

const SAID: Readonly<Record<State, string>> = { done: "done", now: "now", later: "to come", stopped: "stopped" };

/** How far a route has come from observing to routing all that it may. */
export function RouteSteps(props: RouteStepsProps) {
  return (
    <ol className="weir-steps" aria-label="how far the route has come">
      {[observed(props), certified(props), ramped(props)].map(({ title, text, state }) => (
        <li key={title} data-state={state} aria-current={state === "now" ? "step" : undefined}>
          <Text size="sm" fw={600}>
            {title}{" "}
            <Text span size="xs" c="dimmed" fw={400}>
              {SAID[state]}
            </Text>
          </Text>
          <Text size="sm" c="dimmed">
            {text}
          </Text>
        </li>
      ))}
    </ol>
  );
}

function observed({ observation, certificate, active }: RouteStepsProps): Step {
  const title = "1. Observe";
  if (observation === null) {
    const isPast = certificate.certificate !== null || active !== null;
    return { title, text: "nothing is audited on this route", state: isPast ? "done" : "later" };
  }
  const { kind, state, day, days } = observation;
  if (kind === "active" || certificate.certificate !== null) {
    return { title, text: "over; a smaller share goes on being audited", state: "done" };
  }
  if (state !== "running") return { title, text: `${days ?? day} days are over`, state: "done" };
  return { title, text: `day ${day}${days === null ? "" : ` of ${days}`}: the incumbent serves`, state: "now" };
}

function certified({ observation, certificate: { certificate, valid }, active }: RouteStepsProps): Step {
  const title = "2. Certify";
  if (certificate !== null) {
    return valid
      ? { title, text: `at most ${percent(certificate.max_quality_loss)} quality lost`, state: "done" }
      : { title, text: "the certificate is void", state: "stopped" };
  }
  if (active?.override != null)
    return { title, text: "passed over: an override stands in its place", state: "stopped" };
  const isDue = observation !== null && observation.state !== "running";
  return {
    title,
    text: isDue ? "the audits can be tested now" : "when the observation is over",
    state: isDue ? "now" : "later",
  };
}

function ramped({ active }: RouteStepsProps): Step {
  const title = "3. Route";
  if (active === null) return { title, text: "not active", state: "later" };
  if (active.killed !== null) return { title, text: "the kill switch is on", state: "stopped" };
  if (active.ramp?.rolled_back != null) return { title, text: "rolled back by itself", state: "stopped" };
  if (active.share === 0) return { title, text: active.standing.replaceAll("_", " "), state: "stopped" };
  const text = `${percent(active.share)} of the sessions that are not held back`;
  return { title, text, state: active.share < 1 ? "now" : "done" };
}
