import type { SingleBar } from "cli-progress";

/** One bar a stage on stderr, with the loss beside it; silent where stderr is no terminal. */
export interface TrainProgress {
  update(stage: string, done: number, loss: number): void;
  stop(): void;
}

export async function createTrainProgress(): Promise<TrainProgress> {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const { default: cliProgress } = await import("cli-progress");
  let bar: SingleBar | null = null;
  let current = "";
  return {
    update(stage, done, loss) {
      if (stage !== current) {
        bar?.stop();
        current = stage;
        bar = new cliProgress.SingleBar({
          format: "{stage} {bar} {percentage}% {loss}",
          stream: process.stderr,
          clearOnComplete: true,
          hideCursor: true,
        });
        bar.start(1000, 0, { stage: stage.padEnd(10), loss: "" });
      }
      bar?.update(Math.round(done * 1000), {
        loss: Number.isFinite(loss) && loss !== 0 ? `loss ${loss.toFixed(4)}` : "",
      });
    },
    stop() {
      bar?.stop();
      bar = null;
    },
  };
}
