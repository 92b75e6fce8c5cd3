/** The upstream's id where it looks like one of this dialect, else one made of ours. */
export function answerId(prefix: string, upstreamId: string | null, requestId: string): string {
  if (upstreamId?.startsWith(prefix)) return upstreamId;
  return prefix + requestId.slice(requestId.indexOf("_") + 1);
}
