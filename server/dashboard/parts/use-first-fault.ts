import { type RefObject, useEffect, useRef } from "react";

/** Where a form's fault is told: the first field that is named wrong gets the focus. */
export function useFirstFault(error: Error | null): RefObject<HTMLDivElement | null> {
  const told = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error === null) return;
    told.current?.closest("form")?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);
  return told;
}
