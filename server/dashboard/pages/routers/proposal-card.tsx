import { Alert, Badge, Group, Stack, Text } from "@mantine/core";
import { send } from "../../api/client.ts";
import { count, moment, percent } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { Facts } from "../../parts/facts.tsx";
import { costDifference, qualityDifference, servedText } from "./comparison-text.ts";
import type { Comparison, Proposal } from "./retrain-body.ts";

interface ProposalCardProps {
  readonly proposal: Proposal;
  /** null: its run is too long ago to be listed. */
  readonly comparison: Comparison | null;
}

/** A version that was shown to be better than the one that served, and what promoting it would change. */
export function ProposalCard({ proposal, comparison }: ProposalCardProps) {
  const { run, route, router, version, because, serves, stale, routes, voids_certificates: voided } = proposal;
  return (
    <Alert color="cyan" title={`Proposed for ${route}: ${router} ${version}`}>
      <Stack gap="sm">
        <Group gap="xs">
          {serves ? <Badge color="teal.9">serves</Badge> : null}
          {stale ? <Badge color="yellow.4">compared with a version that serves no more</Badge> : null}
          <Text size="sm">
            {moment(proposal.proposed_at)}: {because}
          </Text>
        </Group>
        {comparison === null ? null : <Facts of={factsOf(comparison)} />}
        {serves ? null : (
          <Group>
            <ConfirmButton
              label="Promote"
              about={`${router} ${version}`}
              color="cyan.9"
              variant="filled"
              act={() => send("POST", `/admin/routers/${encodeURIComponent(router)}/promote`, { version })}
            >
              It decides every new request of {routes.join(", ")}, at once.{" "}
              {voided.length === 0
                ? "No certificate is touched. "
                : `The certificate of ${voided.join(", ")} is void from then on: those routes stay on their incumbent until they are certified anew. `}
              `Roll back` undoes it, and certificates hold again.
            </ConfirmButton>
            <ConfirmButton
              label="Dismiss"
              about={`${router} ${version}`}
              act={() => send("POST", `/admin/retrain/${encodeURIComponent(run)}/dismiss`)}
            >
              The proposal is put away. Its version stays among the routers and can be promoted there.
            </ConfirmButton>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

function factsOf(comparison: Comparison) {
  const { confidence, requests, sessions, by, disagreement, labels, serving, candidate, incumbent } = comparison;
  return [
    [`Quality, new less serving (${percent(confidence)} interval)`, qualityDifference(comparison)],
    ["Cost a request, new less serving", costDifference(comparison)],
    ["Compared on", `${count(requests)} later requests of ${count(sessions)} sessions, by ${by}`],
    ["They choose differently on", percent(disagreement)],
    ["Learned from", `${count(labels)} verdicts`],
    ["New", servedText(candidate)],
    ["Serving", servedText(serving)],
    ["Incumbent alone", servedText(incumbent)],
  ] as const;
}
