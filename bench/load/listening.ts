import type { AddressInfo, Server } from "node:net";

/** Listens on a free port of loopback and tells the parent process where. */
export function listening(server: Server): void {
  server.listen(0, "127.0.0.1", () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
}
