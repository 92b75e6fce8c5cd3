import { Text } from "@mantine/core";
import type { ReactNode } from "react";

/** Names and values, one a line. */
export function Facts({ of }: { readonly of: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="weir-facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <Text component="dt" size="sm" c="dimmed">
            {name}
          </Text>
          <Text component="dd" size="sm" className="weir-break">
            {value}
          </Text>
        </div>
      ))}
    </dl>
  );
}
