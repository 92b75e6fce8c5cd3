import type { SingleBar } from "cli-progress";

export interface ProgressBar {
  /** Done and total in any unit; a new total restarts the bar. */
  update(done: number, total: number): void;
  stop(): void;
}

const SILENT: ProgressBar = { update() {}, stop() {} };

/** A progress bar on stderr when that is a terminal; else nothing. */
export async function createProgress(label: string): Promise<ProgressBar> {
  if (!process.stderr.isTTY) return SILENT;
  const { default: cliProgress } = await import("cli-progress");
  const bar: SingleBar = new cliProgress.SingleBar({
    format: `${label} {bar} {percentage}% {eta_formatted}`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    etaBuffer: 50,
  });
  let isStarted = false;
  return {
    update(done, total) {
      if (total <= 0) return;
      if (!isStarted) bar.start(total, 0);
      isStarted = true;
      if (bar.getTotal() !== total) bar.setTotal(total);
      bar.update(done);
    },
    stop() {
      if (isStarted) bar.stop();
    },
  };
}
