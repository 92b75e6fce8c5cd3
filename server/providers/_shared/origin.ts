/** A base URL without slashes at its end and without the version that the path will bring, however it was configured. */
export function originOf(baseUrl: string, ...versions: readonly string[]): string {
  const base = baseUrl.replace(/\/+$/, "");
  const version = versions.find((candidate) => base.endsWith(`/${candidate}`));
  return version === undefined ? base : base.slice(0, -version.length - 1);
}
