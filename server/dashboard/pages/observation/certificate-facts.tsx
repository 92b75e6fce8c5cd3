import { Badge, Group, Text } from "@mantine/core";
import { count, moment, percent } from "../../format.ts";
import { Facts } from "../../parts/facts.tsx";
import { Hash } from "../../parts/hash.tsx";
import type { CertificateStanding } from "./activation-body.ts";

/** What was certified, on what it rests, and why it does not hold where it does not. */
export function CertificateFacts({
  standing: { certificate, valid, void_because: reasons },
}: {
  readonly standing: CertificateStanding;
}) {
  if (certificate === null) return <Text size="sm">No certificate was issued for this route.</Text>;
  return (
    <>
      <Group gap="xs">
        <Badge color={valid ? "teal.9" : "red.9"}>{valid ? "valid" : "void"}</Badge>
        <Text size="sm">
          Certified: at most {percent(certificate.max_quality_loss)} quality lost, with confidence{" "}
          {percent(certificate.confidence)}
        </Text>
      </Group>
      {reasons.map(({ code, message }) => (
        <Text size="sm" key={code}>
          Void: {message}
        </Text>
      ))}
      <Facts
        of={[
          ["Issued", moment(certificate.issued_at)],
          ["Expires", moment(certificate.expires_at)],
          [
            "Rests on",
            `${count(certificate.strata.reduce((sum, { n }) => sum + n, 0))} audits, judged by ${certificate.judged_by}`,
          ],
          ["May be routed", certificate.strata.map(({ routed_share: share }) => percent(share ?? 0)).join(", ")],
          ["Nothing is claimed on", `${percent(certificate.excluded_share)} of requests`],
          ["Digest", <Hash key="d" of={certificate.digest} name="digest of the certificate" />],
        ]}
      />
    </>
  );
}
