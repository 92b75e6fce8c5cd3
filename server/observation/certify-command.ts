import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { ApiError } from "../errors.ts";
import { parseLine } from "../read-lines.ts";
import { Certificate, makeCertificate, whyVoid } from "./certificate.ts";
import { refusalBody } from "./certificates/certificate-body.ts";
import { certifyRoute, evidenceOf } from "./certificates/certify-route-command.ts";
import { certify, type StratumFinding } from "./certify/certify.ts";
import type { LossName } from "./certify/losses.ts";
import type { RiskTest } from "./certify/p-values.ts";
import { MOST_LOST, readObservation } from "./observation-file.ts";

export interface CertifyFlags {
  readonly maxQualityLoss: number;
  readonly confidence: number;
  readonly loss: LossName;
  readonly scope: "overall" | "strata";
  readonly test: RiskTest | "auto";
  readonly days: number;
  readonly out: string;
  readonly check?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  /** Instead of a file: this route's audits in a database. */
  readonly route?: string;
  readonly storage: string;
  readonly goldShare: number;
  readonly evidence?: string;
}

/** `weir certify`: certificate.json from audited outcomes, or how many audits are missing. */
export async function certifyCommand(file: string | undefined, flags: CertifyFlags): Promise<void> {
  if (flags.route !== undefined) {
    if (file !== undefined) throw new ApiError("invalid_request", "a file or a route, not both", { place: "--route" });
    const { evidence, route } = flags;
    return evidence === undefined ? certifyInStorage({ ...flags, route }) : keepEvidence(evidence, { ...flags, route });
  }
  if (file === undefined) {
    throw new ApiError("invalid_request", "an observation file is needed, or --route with --storage", {
      place: "observation",
    });
  }
  if (flags.check !== undefined) return check(flags.check, file, flags.json === true);
  const { head, sample, labels, digest } = await readObservation(file);
  const { maxQualityLoss, confidence, loss, scope } = flags;
  if (head.lost_share > MOST_LOST) {
    const lost = (100 * head.lost_share).toFixed(1);
    process.stderr.write(
      `nothing can be certified: ${lost} % of the audits that were drawn were lost, at most 1 % may be\n`,
    );
    process.exitCode = 1;
    return;
  }
  const findings = tested(() =>
    certify(sample, {
      thresholds: head.thresholds,
      loss,
      maxQualityLoss,
      confidence,
      scope,
      test: flags.test === "auto" ? null : flags.test,
    }),
  );
  if (findings.every(({ threshold }) => threshold === null)) return sayMissing(findings, flags);
  const certificate = makeCertificate({
    binding: head.binding,
    loss,
    maxQualityLoss,
    confidence,
    scope,
    thresholds: head.thresholds,
    findings,
    judgedBy: head.judged_by,
    goldLabels: labels,
    excludedShare: head.excluded_share,
    dataDigest: digest,
    window: head.window,
    issuedAtMs: Date.now(),
    lifetimeDays: flags.days,
  });
  refuseThere(flags);
  await keep(certificate, findings, flags);
}

async function certifyInStorage(flags: CertifyFlags & { readonly route: string }): Promise<void> {
  refuseThere(flags);
  const { certificate, findings } = await certifyRoute(flags, Date.now());
  if (certificate === null) return sayMissing(findings, flags);
  await keep(certificate, findings, flags);
}

async function keepEvidence(out: string, flags: CertifyFlags & { readonly route: string }): Promise<void> {
  refuseThere({ ...flags, out });
  const { certificate, lines } = await evidenceOf(flags.route, flags.storage);
  await writeFile(out, lines);
  process.stderr.write(`what certificate ${certificate.digest} rests on is written to ${out}\n`);
}

function sayMissing(findings: readonly StratumFinding[], { json, maxQualityLoss }: CertifyFlags): void {
  process.stdout.write(json === true ? `${JSON.stringify(refusalBody(findings), null, 2)}\n` : "");
  for (const finding of findings) process.stderr.write(`${refusal(finding, maxQualityLoss)}\n`);
  process.exitCode = 1;
}

function refuseThere({ out, force }: Pick<CertifyFlags, "out" | "force">): void {
  if (!existsSync(out) || force === true) return;
  throw new ApiError("invalid_request", "there is a file already; --force replaces it", { place: out });
}

async function keep(certificate: Certificate, findings: readonly StratumFinding[], flags: CertifyFlags): Promise<void> {
  await writeFile(flags.out, `${JSON.stringify(certificate, null, 2)}\n`);
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(certificate, null, 2)}\n` : `${summary(certificate, findings)}\n`,
  );
  process.stderr.write(`written to ${flags.out}\n`);
}

/** @throws ApiError when the test asked for does not fit the losses */
function tested<Found>(test: () => Found): Found {
  try {
    return test();
  } catch (cause) {
    if (cause instanceof RangeError) throw new ApiError("invalid_request", cause.message, { place: "--test", cause });
    throw cause;
  }
}

async function check(certificateFile: string, observation: string, isJson: boolean): Promise<void> {
  const certificate = parseLine(Certificate, await textOf(certificateFile), certificateFile);
  const { head } = await readObservation(observation);
  const reasons = whyVoid(certificate, { binding: head.binding, nowMs: Date.now(), alarms: [] });
  if (isJson) process.stdout.write(`${JSON.stringify({ valid: reasons.length === 0, reasons }, null, 2)}\n`);
  else if (reasons.length === 0) process.stdout.write(`valid until ${certificate.expires_at}\n`);
  else for (const { code, message } of reasons) process.stdout.write(`void: ${message} [${code}]\n`);
  if (reasons.length > 0) process.exitCode = 1;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new ApiError("invalid_request", "cannot read the file", { place: file, cause });
  }
}

function summary(certificate: Certificate, findings: readonly StratumFinding[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const lines = certificate.strata.map(({ stratum, threshold, routed_share, observed_loss, n, test }, i) => {
    const name = stratum ?? "all requests";
    if (threshold === null || routed_share === null || observed_loss === null) {
      return `  ${name}: stays with the incumbent; ${missing(findings[i]!)}`;
    }
    const seen = `${percent(routed_share)} of ${n} audits routed, loss seen ${percent(observed_loss)}`;
    return `  ${name}: routed from score ${threshold} on (${seen}, ${test}); ${missing(findings[i]!)} to go further`;
  });
  const { max_quality_loss, confidence, loss, binding } = certificate;
  return [
    `route ${binding.route}, router ${binding.router.name}@${binding.router.version}: quality loss at most ${percent(max_quality_loss)} with confidence ${percent(confidence)}`,
    `loss: ${loss.text}`,
    ...lines,
    `nothing is said of the ${percent(certificate.excluded_share)} of requests that were excluded; valid until ${certificate.expires_at}`,
  ].join("\n");
}

function missing({ missing: count }: StratumFinding): string {
  if (count === null) return "no audits are missing";
  return Number.isFinite(count) ? `${count} audits are missing` : "no number of audits would do at the loss seen";
}

function refusal(finding: StratumFinding, maxQualityLoss: number): string {
  const name = finding.stratum ?? "all requests";
  return `${name}: a loss of at most ${(100 * maxQualityLoss).toFixed(1)} % is not shown by ${finding.n} audits; ${missing(finding)}`;
}
