import "./forms.css";
import { Alert, Text } from "@mantine/core";
import type { RequestError } from "../api/client.ts";
import { useFirstFault } from "../parts/use-first-fault.ts";
import type { SectionChange } from "./save-section.ts";
import type { SectionBody } from "./section-body.ts";

interface SaveFaultProps {
  readonly error: RequestError | null;
  readonly section: SectionBody["section"];
  /** What would have been written. */
  readonly change: SectionChange | null;
}

/** Why weir.yaml was not changed, and where the page cannot write it, what to write into it by hand. */
export function SaveFault({ error, section, change }: SaveFaultProps) {
  const told = useFirstFault(error);
  if (error === null) return null;
  return (
    <Alert ref={told} color="red" role="alert" title="Not saved">
      {error.problems.length === 0 ? (
        <Text size="sm" className="weir-break">
          {error.message}
        </Text>
      ) : (
        <ul className="weir-problems">
          {error.problems.map(({ path, message }) => (
            <li key={path + message}>
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {error.code === "settings_not_writable" && change !== null ? (
        <>
          <Text size="sm" mt="sm">
            To write it by hand, put this into the file (JSON is YAML, too):
          </Text>
          <pre className="weir-text">{fileText(section, change)}</pre>
        </>
      ) : null}
    </Alert>
  );
}

function fileText(section: string, { body }: SectionChange): string {
  if (typeof body.yaml === "string") return body.yaml;
  const [[name, value] = ["value", null]] = Object.entries(body);
  return `${name === "value" ? section : name}: ${JSON.stringify(value, null, 2)}`;
}
