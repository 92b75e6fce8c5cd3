import { spawn } from "node:child_process";
import { z } from "zod";
import { defineVerifier } from "../verifier.ts";

/**
 * Runs a command of the configuration, without a shell, with `{"messages", "metadata", "answer"}` on its standard input. It
 * exits 0 for a good answer and 1 for a bad one; anything else, and none in time, says nothing.
 */
export default defineVerifier({
  name: "command",
  options: z.strictObject({
    command: z.array(z.string().min(1)).min(1),
    timeoutMs: z.number().int().positive().max(600_000).default(30_000),
  }),
  tells: "quality",
  verify(answer, { chat, metadata }, { command, timeoutMs }) {
    const [file, ...parameters] = command as [string, ...string[]];
    return new Promise((resolve) => {
      const child = spawn(file, parameters, { stdio: ["pipe", "ignore", "ignore"], detached: true });
      const stop = () => {
        // The whole group: what it started goes with it.
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      };
      const timer = setTimeout(stop, timeoutMs);
      const end = (quality: number | null) => {
        clearTimeout(timer);
        resolve(quality);
      };
      child.on("error", () => end(null));
      child.on("close", (code) => end(code === 0 ? 1 : code === 1 ? 0 : null));
      // A command that reads nothing is no fault.
      child.stdin.on("error", () => {});
      child.stdin.end(JSON.stringify({ messages: chat.messages, metadata, answer }));
    });
  },
});
