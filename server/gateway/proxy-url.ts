import { ApiError } from "../errors.ts";

/**
 * Joins an upstream's base URL with the path that a client appended to ours, counting what both say once: a base that ends
 * in `/v1` and a path that begins with `/v1` meet at one `/v1`, whichever of the two forms the client's library uses.
 *
 * @param path begins with a slash; may carry a query
 * @throws ApiError `invalid_request` for a path that climbs or has a fragment: it would leave the base URL with the
 *   operator's key, and what it asks for would not be what it was judged by
 */
export function joinUrl(baseUrl: string, path: string): string {
  if (misleads(path)) throw new ApiError("invalid_request", "the path must have no . or .. and no # in it");
  const base = baseUrl.replace(/\/+$/, "");
  const root = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i.exec(base)?.[0] ?? "";
  const segments = base.slice(root.length).split("/").filter(Boolean);
  const rest = path.split("/").slice(1);
  let shared = Math.min(segments.length, rest.length);
  while (shared > 0 && !overlaps(segments, rest, shared)) shared--;
  return [base, ...rest.slice(shared)].join("/");
}

/** Also where the dots or slashes are escaped: URL parsers and vendors read those as the same. */
function misleads(path: string): boolean {
  if (path.includes("#")) return true;
  const plain = path
    .split("?")[0]!
    .replace(/%2e/gi, ".")
    .replace(/%2f|%5c/gi, "/");
  return plain.split(/[/\\]/).some((segment) => segment === "." || segment === "..");
}

function overlaps(segments: readonly string[], rest: readonly string[], count: number): boolean {
  return rest.slice(0, count).every((segment, i) => segment.split("?")[0] === segments[segments.length - count + i]);
}
