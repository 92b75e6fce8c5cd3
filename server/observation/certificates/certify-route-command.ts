import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ApiError } from "../../errors.ts";
import { openStorage } from "../../open-storage.ts";
import type { Certificate } from "../certificate.ts";
import type { StratumFinding } from "../certify/certify.ts";
import { issueCertificate } from "./issue-certificate.ts";
import { NotCertifiable } from "./observed-file.ts";

export interface CertifyRouteFlags {
  readonly route: string;
  readonly storage: string;
  readonly maxQualityLoss: number;
  readonly confidence: number;
  readonly loss: "harm" | "shortfall" | "non_inferiority";
  readonly scope: "overall" | "strata";
  readonly days: number;
  /** Of audits that were drawn for labels by people. */
  readonly goldShare: number;
}

export interface CertifiedRoute {
  readonly certificate: Certificate | null;
  readonly findings: readonly StratumFinding[];
}

/**
 * `weir certify --route`: tests the audits in a database and keeps the certificate there, so that a server that shares it
 * takes it up within a second.
 */
export async function certifyRoute(flags: CertifyRouteFlags, nowMs: number): Promise<CertifiedRoute> {
  const storage = await openStorage(flags.storage);
  try {
    return await issueCertificate(flags.route, flags, {
      audits: storage.audits,
      store: storage.activations,
      models: storage.models,
      binding: null,
      goldShare: flags.goldShare,
      nowMs,
    });
  } catch (error) {
    if (error instanceof NotCertifiable)
      throw new ApiError("not_certifiable", error.message, { place: "--route", cause: error });
    throw error;
  } finally {
    await storage.close();
  }
}

/** `weir certify --route --evidence`: the very lines that the route's newest certificate rests on. */
export async function evidenceOf(
  route: string,
  url: string,
): Promise<{ readonly certificate: Certificate; readonly lines: Buffer }> {
  const storage = await openStorage(url);
  try {
    const [newest] = storage.activations.certificates(route, 1);
    const evidence = newest === undefined ? null : storage.activations.evidence(newest.certificate.digest);
    if (newest === undefined || evidence === null)
      throw new ApiError("not_found", `the database has no certificate of route "${route}" with its evidence`, {
        place: "--evidence",
      });
    return { certificate: newest.certificate, lines: await promisify(gunzip)(evidence) };
  } finally {
    await storage.close();
  }
}
