import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyBaseLogger } from "fastify";
import type { Policies } from "../../engine/ready-policy.ts";
import { ApiError } from "../errors.ts";
import type { RequestLog } from "../log/request-log.ts";
import type { Settings } from "../settings.ts";
import type { PlayedDemo } from "./play-demo.ts";

/** Where playing stands, for the page that waits for it. */
export interface DemoState {
  /** Whether days may be played: demo mode, a log that is empty, and a storage that another server can open. */
  readonly isOffered: boolean;
  /** Why not, in words; null where they may. */
  readonly because: string | null;
  readonly isPlaying: boolean;
  readonly day: number;
  readonly days: number;
  readonly played: PlayedDemo | null;
  /** Why the last one failed. */
  readonly fault: string | null;
}

export interface DemoDesk {
  state(): Promise<DemoState>;
  /** Begins to play and returns; one at a time. @throws ApiError `forbidden` or `not_empty` */
  play(): Promise<DemoState>;
  /** Waits for what is being played. */
  close(): Promise<void>;
}

export interface DemoDeskDeps {
  readonly settings: () => Settings;
  readonly policies: Policies;
  readonly requestLog: Pick<RequestLog, "usage">;
  readonly clock: () => number;
  readonly log: FastifyBaseLogger;
  /** Share of the company's usual traffic. */
  readonly volume?: number;
}

export const DEMO_DAYS = 14;
const SEED = 1;
const DAY_MS = 86_400_000;

/** Plays the demo's days beside the server that serves the page. */
export function createDemoDesk({ settings, policies, requestLog, clock, log, volume }: DemoDeskDeps): DemoDesk {
  let playing: Promise<void> | null = null;
  let day = 0;
  let played: PlayedDemo | null = null;
  let fault: string | null = null;

  async function whyNot(): Promise<{ readonly code: "forbidden" | "not_empty"; readonly message: string } | null> {
    const { mode, storage } = settings();
    if (mode !== "demo") return { code: "forbidden", message: "days are played in demo mode only" };
    if (!/^sqlite:(?!:memory:)/.test(storage.url)) {
      return { code: "forbidden", message: "days are played into a database in a file: name one with --storage" };
    }
    if (playing !== null) return { code: "not_empty", message: "days are being played already" };
    const { total } = await requestLog.usage({
      fromMs: 0,
      toMs: clock() + DAY_MS,
      interval: null,
      groupBy: [],
      filters: {},
      limit: 1,
    });
    return Number(total.requests) === 0 ? null : { code: "not_empty", message: "the log has requests already" };
  }

  async function run(): Promise<void> {
    const journal = mkdtempSync(join(tmpdir(), "weir-demo-"));
    try {
      const { playDemo } = await import("./play-demo.ts");
      played = await playDemo({
        settings: settings(),
        policies,
        log: log.child({ demo: true }, { level: "error" }),
        days: DEMO_DAYS,
        seed: SEED,
        nowMs: clock(),
        journal,
        adminKey: randomBytes(24).toString("hex"),
        ...(volume === undefined ? {} : { volume }),
        onDay: (done) => {
          day = done;
        },
      });
      log.info({ played }, "simulated days were played");
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error);
      log.error({ err: error }, "simulated days could not be played");
    } finally {
      rmSync(journal, { recursive: true, force: true });
      playing = null;
    }
  }

  async function state(): Promise<DemoState> {
    const reason = await whyNot();
    return {
      isOffered: reason === null,
      because: reason?.message ?? null,
      isPlaying: playing !== null,
      day,
      days: DEMO_DAYS,
      played,
      fault,
    };
  }

  return {
    state,
    async play() {
      const reason = await whyNot();
      if (reason !== null) throw new ApiError(reason.code, reason.message);
      day = 0;
      fault = null;
      playing ??= run();
      return state();
    },
    close: async () => {
      await playing;
    },
  };
}
