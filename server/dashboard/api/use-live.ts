import { useEffect, useState } from "react";
import { useSWRConfig } from "swr";

/** However much happens, a page asks no more often. */
const REST_MS = 5_000;

/** Asks everything on the page again when the server says that something happened. @returns whether it is connected */
export function useLive(isOn: boolean): boolean {
  const { mutate } = useSWRConfig();
  const [isConnected, setConnected] = useState(false);
  useEffect(() => {
    if (!isOn) return undefined;
    let resting: number | null = null;
    let isBehind = false;
    function ask(): void {
      isBehind = false;
      if (document.visibilityState === "visible") void mutate(() => true);
      resting = window.setTimeout(() => {
        resting = null;
        if (isBehind) ask();
      }, REST_MS);
    }
    const source = new EventSource("/admin/live");
    source.addEventListener("open", () => setConnected(true));
    source.addEventListener("error", () => setConnected(false));
    for (const event of ["changed", "settings"]) {
      source.addEventListener(event, () => {
        if (resting === null) ask();
        else isBehind = true;
      });
    }
    return () => {
      source.close();
      if (resting !== null) clearTimeout(resting);
    };
  }, [isOn, mutate]);
  return isConnected;
}
