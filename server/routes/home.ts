import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { DashboardFiles } from "../dashboard-files.ts";
import type { Operation } from "../operation.ts";
import type { RouterService } from "../router-service.ts";
import type { Settings } from "../settings.ts";
import { sendPage } from "./dashboard.ts";

const Home = z.strictObject({
  name: z.literal("weir"),
  version: z.string(),
  mode: z.enum(["demo", "configured"]),
  notice: z.string().optional(),
  router: z.strictObject({ name: z.string(), version: z.string() }),
  routes: z.array(z.string()),
  links: z.record(z.string(), z.string()),
});

const operation: Operation = {
  summary: "What runs here: the dashboard for a browser, the same in short for others",
  access: "public",
  answers: { 200: { description: "Name, version and where to go on", schema: Home } },
};

export interface HomeDeps {
  readonly settings: () => Settings;
  readonly routers: RouterService;
  readonly version: string;
  readonly files: DashboardFiles;
}

export const homeRoute: FastifyPluginAsync<HomeDeps> = async (app, { settings, routers, version, files }) => {
  app.get("/", { config: { operation } }, async (request, reply) => {
    const page = String(request.headers.accept ?? "").includes("text/html") ? files.find("index.html") : null;
    if (page !== null) return sendPage(page, request, reply);
    const { mode, routes } = settings();
    return {
      name: "weir",
      version,
      mode,
      ...(mode === "demo" ? { notice: "demo mode: upstreams are simulated and no key is asked" } : {}),
      router: routers.identity,
      routes: Object.keys(routes),
      links: { route: "/route", docs: "/docs", openapi: "/docs/openapi.json", metrics: "/metrics", ready: "/readyz" },
    };
  });
};
