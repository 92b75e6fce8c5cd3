import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { Activation } from "../activation/activation.ts";
import { DEFAULT_QUALITY_LOSS } from "../activation/route-terms.ts";
import { ApiError } from "../errors.ts";
import { type Binding, Certificate, whyVoid } from "../observation/certificate.ts";
import { refusalBody } from "../observation/certificates/certificate-body.ts";
import { issueCertificate } from "../observation/certificates/issue-certificate.ts";
import { NotCertifiable } from "../observation/certificates/observed-file.ts";
import { presentBinding } from "../observation/present-binding.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import type { RouterService } from "../router-service.ts";
import type { Settings } from "../settings.ts";
import type { Storage } from "../storage.ts";

const Name = z.string().min(1).max(200);
const Inside = z.number().gt(0).lt(1);
const Query = z.strictObject({ route: Name.default("default") });
const Body = z.strictObject({
  route: Name,
  max_quality_loss: Inside.optional(),
  confidence: Inside.optional(),
  loss: z.enum(["harm", "shortfall", "non_inferiority"]).default("harm"),
  scope: z.enum(["overall", "strata"]).default("overall"),
  days: z.number().positive().max(366).default(30),
});
const Standing = z.strictObject({
  route: z.string(),
  valid: z.boolean(),
  void_because: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  alarms: z.array(z.string()),
  certificate: Certificate.nullable(),
  history: z.array(z.strictObject({ digest: z.string(), issued_at: z.string(), expires_at: z.string() })),
});
const Issued = z.strictObject({
  certified: z.boolean(),
  test: z.number().meta({ description: "how often the outcomes of this observation were tested" }),
  confidence_used: z.number().meta({ description: "of this test; all tests together hold at the certificate's" }),
  certificate: Certificate.nullable(),
  strata: z
    .array(
      z.strictObject({
        stratum: z.string().nullable(),
        n: z.number(),
        sessions: z.number(),
        delta: z.number(),
        test: z.string(),
        samples_missing: z.number().nullable(),
      }),
    )
    .optional(),
});

const show: Operation = {
  summary: "The certificate of a route, whether it holds, and why not",
  access: "admin",
  query: Query,
  answers: { 200: { description: "The newest certificate and those before it", schema: Standing } },
  errors: ["invalid_request", "unknown_route"],
};
const issue: Operation = {
  summary: "Test a route's audits and issue a certificate, or say how many audits are missing",
  description:
    "Terms that are left out come from the route's `certificate`, else a quality loss of 0.03 at 0.95. The test at the end of an " +
    "observation has the whole confidence; earlier ones share it out.",
  access: "admin",
  body: Body,
  answers: { 200: { description: "Certified or not", schema: Issued } },
  errors: ["invalid_request", "unknown_route", "not_certifiable"],
};

const EvidenceQuery = z.strictObject({
  route: Name.default("default"),
  digest: z.string().min(1).optional().meta({ description: "of the certificate; by default the newest" }),
});
const evidence: Operation = {
  summary: "The audits that a certificate rests on",
  description:
    "The file whose SHA-256 is the certificate's `data_digest`, no text of any request. `weir certify <file> --confidence <1 - delta>`, with the " +
    "`delta` of the certificate's strata, must find the same thresholds and p-values; so must anybody else's program.",
  access: "admin",
  query: EvidenceQuery,
  answers: {
    200: { description: "JSONL: what was observed, then one audit a line", mediaType: "application/x-ndjson" },
  },
  errors: ["invalid_request", "unknown_route", "not_found"],
};

const HISTORY = 20;
const MOST_CERTIFICATES = 10_000;

export interface AdminCertificateDeps {
  readonly storage: Pick<Storage, "audits" | "activations" | "models">;
  /** As which a model answered last. */
  readonly versionOf: (model: string) => string | null;
  readonly routers: Pick<RouterService, "identity" | "catalogue">;
  readonly activation: Pick<Activation, "tick">;
  readonly settings: () => Pick<Settings, "routes">;
  readonly clock: () => number;
}

export const adminCertificateRoute: FastifyPluginAsync<AdminCertificateDeps> = async (app, deps) => {
  const { storage, routers, activation, settings, versionOf, clock } = deps;

  function bindingOf(name: string) {
    const { routes } = settings();
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (route === undefined) throw new ApiError("unknown_route", `there is no route "${name}"`, { place: "route" });
    const binding = presentBinding(name, route, {
      router: routers.identity,
      candidates: routers.catalogue.candidates,
    });
    return { route, binding };
  }

  /** An observation is of whatever version answered; a certificate is of one. */
  function versioned(binding: Binding): Binding {
    return { ...binding, models: binding.models.map((one) => ({ ...one, version: versionOf(one.model) })) };
  }

  app.get("/admin/certificate", { config: { operation: show } }, async (request) => {
    const { route: name } = readInput(Query, request.query);
    const { binding } = bindingOf(name);
    const stored = storage.activations.certificates(name, HISTORY);
    const newest = stored[0];
    const reasons =
      newest === undefined
        ? []
        : whyVoid(newest.certificate, { binding: versioned(binding), nowMs: clock(), alarms: newest.alarms });
    return {
      route: name,
      valid: newest !== undefined && reasons.length === 0,
      void_because: reasons,
      alarms: newest === undefined ? [] : [...newest.alarms],
      certificate: newest?.certificate ?? null,
      history: stored.map(({ certificate: { digest, issued_at, expires_at } }) => ({ digest, issued_at, expires_at })),
    };
  });

  app.get("/admin/certificate/evidence", { config: { operation: evidence } }, async (request, reply) => {
    const { route: name, digest } = readInput(EvidenceQuery, request.query);
    bindingOf(name);
    const stored = storage.activations.certificates(name, MOST_CERTIFICATES);
    const found = stored.find(({ certificate }) => digest === undefined || certificate.digest === digest);
    const lines = found === undefined ? null : storage.activations.evidence(found.certificate.digest);
    if (lines === null) throw new ApiError("not_found", `route "${name}" has no such certificate with its evidence`);
    reply.type("application/x-ndjson");
    return promisify(gunzip)(lines);
  });

  app.post("/admin/certificate", { config: { operation: issue } }, async (request) => {
    const body = readInput(Body, request.body);
    const { route, binding } = bindingOf(body.route);
    const terms = {
      maxQualityLoss: body.max_quality_loss ?? route.certificate?.maxQualityLoss ?? DEFAULT_QUALITY_LOSS,
      confidence: body.confidence ?? route.certificate?.confidence ?? 0.95,
      loss: body.loss,
      scope: body.scope,
      days: body.days,
    };
    try {
      const issued = await issueCertificate(body.route, terms, {
        audits: storage.audits,
        store: storage.activations,
        models: storage.models,
        binding,
        goldShare: route.observation?.goldShare ?? 0,
        nowMs: clock(),
      });
      activation.tick();
      return {
        certified: issued.certificate !== null,
        test: issued.test,
        confidence_used: issued.confidence,
        certificate: issued.certificate,
        ...(issued.certificate === null ? { strata: refusalBody(issued.findings).strata } : {}),
      };
    } catch (error) {
      if (error instanceof NotCertifiable) throw new ApiError("not_certifiable", error.message, { cause: error });
      throw error;
    }
  });
};
