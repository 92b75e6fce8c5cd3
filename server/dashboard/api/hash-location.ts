import { useSyncExternalStore } from "react";

type Listener = () => void;
interface NavigateOptions {
  readonly replace?: boolean;
}

function subscribe(listener: Listener): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

/** All behind the `#`, with a slash in front: path and query. */
function currentHash(): string {
  const text = window.location.hash.replace(/^#?\/?/, "");
  return `/${text}`;
}

function currentPath(): string {
  return currentHash().split("?")[0]!;
}

function navigate(to: string, { replace = false }: NavigateOptions = {}): void {
  const url = `#${to.startsWith("/") ? to : `/${to}`}`;
  if (replace) window.history.replaceState(null, "", url);
  else window.history.pushState(null, "", url);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** The address behind the `#`, its query included there, so that a link to a filtered page can be sent around. */
export function useHashLocation(): [string, typeof navigate] {
  return [useSyncExternalStore(subscribe, currentPath), navigate];
}
useHashLocation.hrefs = (href: string) => `#${href}`;

/** The query of the address, and a way to change fields of it; null removes one. */
export function useHashQuery(): [
  URLSearchParams,
  (change: Readonly<Record<string, string | null>>, options?: NavigateOptions) => void,
] {
  const hash = useSyncExternalStore(subscribe, currentHash);
  const [path, search = ""] = hash.split("?");
  return [
    new URLSearchParams(search),
    (change, options) => {
      const next = new URLSearchParams(search);
      for (const [name, value] of Object.entries(change)) {
        if (value === null) next.delete(name);
        else next.set(name, value);
      }
      const text = next.toString();
      navigate(text === "" ? path! : `${path}?${text}`, options);
    },
  ];
}
