import { Button, CopyButton } from "@mantine/core";

const SHOWN = 16;

/** The beginning of a digest; the whole of it is copied. */
export function Hash({ of: text, name }: { readonly of: string; readonly name: string }) {
  return (
    <span className="weir-hash">
      <code title={text}>{text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}</code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="default" onClick={copy} aria-label={`Copy: ${name}`}>
            {copied ? "Copied" : "Copy"}
          </Button>
        )}
      </CopyButton>
    </span>
  );
}
