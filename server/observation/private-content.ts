/** Whether a client said that what it sends is private: such requests are not audited, and no certificate speaks of them. */
export function isPrivate(metadata: Readonly<Record<string, unknown>>): boolean {
  return String(metadata["private"] ?? "").toLowerCase() === "true";
}
