import type { ChildProcess } from "node:child_process";

/** The address that a server's process tells of. Rejects with all that it said when it ends before. */
export function addressOf(server: ChildProcess): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const address = /"address":"([^"]+)"/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    };
    server.stdout!.on("data", read);
    server.stderr!.on("data", read);
    server.once("exit", () => reject(new Error(output)));
  });
}
