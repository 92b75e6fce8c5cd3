import type { FastifyBaseLogger } from "fastify";
import type { Activation } from "./activation/activation.ts";
import type { Decisions } from "./decisions.ts";
import type { Settlement } from "./gateway/settlement.ts";
import { entryOfSettlement } from "./log/entry-of-settlement.ts";
import type { RequestLog } from "./log/request-log.ts";
import { logSometimes } from "./log-sometimes.ts";
import type { ModelWatch } from "./observation/model-watch/model-watch.ts";
import type { RouterService } from "./router-service.ts";
import type { Traces } from "./traces/traces.ts";

export interface SettleDeps {
  readonly count: (settlement: Settlement) => void;
  readonly requestLog: Pick<RequestLog, "append" | "retentionDays">;
  /** null: no traces are asked for. */
  readonly traces: Pick<Traces, "record"> | null;
  readonly decisions: Pick<Decisions, "remember">;
  readonly routers: Pick<RouterService, "settle">;
  readonly activation: Pick<Activation, "settled">;
  readonly modelWatch: Pick<ModelWatch, "seen">;
  readonly log: FastifyBaseLogger;
  /** One line a request. */
  readonly logsRequests: boolean;
}

/** What happens once all is known of a request: it is logged and counted, its decision stored, one line written. Never throws. */
export function createSettle({
  count,
  requestLog,
  traces,
  decisions,
  routers,
  activation,
  modelWatch,
  log,
  logsRequests,
}: SettleDeps): (settlement: Settlement) => void {
  let nowMs = 0;
  const sometimes = logSometimes(log, () => nowMs);
  return (settlement) => {
    try {
      requestLog.append(entryOfSettlement(settlement, requestLog.retentionDays));
      count(settlement);
      activation.settled(settlement);
      modelWatch.seen(settlement, "traffic");
      traces?.record(settlement);
      const { decision } = settlement;
      if (decision !== null) {
        decisions.remember(decision, { sessionId: settlement.session, keyId: settlement.keyId });
        if (settlement.isFollowed && settlement.costNanoUsd !== null) routers.settle(decision, settlement.costNanoUsd);
      }
      if (settlement.answered?.lost !== undefined) {
        nowMs = settlement.atMs + settlement.durationMs;
        sometimes.warn(
          { requestId: settlement.requestId, dialect: settlement.dialect, parts: settlement.answered.lost },
          "parts of an answer have no place in the client's format",
        );
      }
      if (logsRequests) log.info(lineOf(settlement), "request served");
    } catch (error) {
      log.error({ err: error, requestId: settlement.requestId }, "request not settled");
    }
  };
}

function lineOf(settlement: Settlement): Record<string, unknown> {
  const { usage, candidate, decision } = settlement;
  return {
    requestId: settlement.requestId,
    operation: settlement.operation,
    keyId: settlement.keyId,
    route: settlement.route,
    dialect: settlement.dialect,
    stream: settlement.stream,
    requestedModel: settlement.requestedModel.slice(0, 200),
    model: candidate?.candidateId ?? null,
    upstream: settlement.upstream,
    decisionId: decision?.decisionId ?? null,
    reason: decision?.reason ?? null,
    status: settlement.status,
    error: settlement.error,
    attempts: settlement.attempts,
    inputTokens:
      usage === null ? null : usage.inputUncached + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h,
    outputTokens: usage?.output ?? null,
    tokensEstimated: usage?.estimated ?? null,
    costNanoUsd: settlement.costNanoUsd,
    overheadMs: settlement.overheadMs,
    firstTokenMs: settlement.firstTokenMs,
    durationMs: settlement.durationMs,
  };
}
