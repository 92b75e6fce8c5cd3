import { useEffect, useState } from "react";
import { useSWRConfig } from "swr";

/** Asks everything on the page again when the server says that something happened. @returns whether it is connected */
export function useLive(isOn: boolean): boolean {
  const { mutate } = useSWRConfig();
  const [isConnected, setConnected] = useState(false);
  useEffect(() => {
    if (!isOn) return undefined;
    const source = new EventSource("/admin/live");
    source.addEventListener("open", () => setConnected(true));
    source.addEventListener("error", () => setConnected(false));
    source.addEventListener("changed", () => {
      if (document.visibilityState === "visible") void mutate(() => true);
    });
    return () => source.close();
  }, [isOn, mutate]);
  return isConnected;
}
