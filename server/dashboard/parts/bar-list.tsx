import { Anchor, Text } from "@mantine/core";
import { Link } from "wouter";

export interface Bar {
  readonly name: string;
  /** Of the longest bar's scale, 0 to 1. */
  readonly share: number;
  readonly text: string;
  readonly href?: string;
  readonly colour?: string;
}

/** Names with bars as long as their shares, the largest first. */
export function BarList({
  label,
  bars,
  none,
}: {
  readonly label: string;
  readonly bars: readonly Bar[];
  readonly none: string;
}) {
  if (bars.length === 0)
    return (
      <Text c="dimmed" size="sm">
        {none}
      </Text>
    );
  return (
    <ul className="weir-bars" aria-label={label}>
      {bars.map(({ name, share, text, href, colour }) => (
        <li key={name}>
          <div className="weir-bar-line">
            {href === undefined ? (
              <span className="weir-break">{name}</span>
            ) : (
              <Anchor component={Link} href={href} inherit className="weir-break">
                {name}
              </Anchor>
            )}
            <span>{text}</span>
          </div>
          <div className="weir-track" aria-hidden="true">
            <span style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%`, background: colour }} />
          </div>
        </li>
      ))}
    </ul>
  );
}
