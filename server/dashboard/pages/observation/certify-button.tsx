import { Alert, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { send } from "../../api/client.ts";
import { count, percent } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import type { Issued } from "./activation-body.ts";

/** Tests what the audits say and issues a certificate; a test before the end costs confidence, so it asks. */
export function CertifyButton({ route }: { readonly route: string }) {
  const [issued, setIssued] = useState<Issued | null>(null);
  async function certify(): Promise<true> {
    setIssued(await send<Issued>("POST", "/admin/certificate", { route }));
    return true;
  }
  return (
    <Stack gap="xs" align="flex-start">
      <ConfirmButton label="Certify" about={route} color="cyan.9" act={certify}>
        The audits so far are tested at the terms of the route's section <code>certificate</code>. The test at the
        observation's end has the whole confidence; an earlier one uses up half of what is left of it, and that cannot
        be taken back. In mode <code>active</code> a new certificate begins the ramp.
      </ConfirmButton>
      {issued === null ? null : issued.certified ? (
        <Alert color="green" title="Certified">
          At the confidence {percent(issued.confidence_used)} of this test.
        </Alert>
      ) : (
        <Alert color="yellow" title="Not certified">
          {(issued.strata ?? []).map(({ stratum, n, samples_missing: missing }) => (
            <Text size="sm" key={stratum ?? ""}>
              {stratum ?? "All requests"}: {count(n)} audits,{" "}
              {missing === null ? "and no number would do at the loss seen" : `about ${count(missing)} more are needed`}
            </Text>
          ))}
        </Alert>
      )}
    </Stack>
  );
}
