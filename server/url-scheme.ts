/** What stands before the first colon; the rest of such an address may hold a password. */
export function schemeOf(url: string): string {
  return url.slice(0, Math.max(0, url.indexOf(":")));
}
