import type { Stage } from "../gateway/stage.ts";
import type { RequestLog } from "./request-log.ts";

/** Refuses a request whose record could not be kept, where the configuration says that every one must be. */
export function logStage(requestLog: Pick<RequestLog, "checkWritable">): Stage {
  return {
    name: "log",
    admit({ candidates }) {
      requestLog.checkWritable();
      return { candidates, headers: {}, settle: null };
    },
  };
}
