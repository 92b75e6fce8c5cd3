import type { PiiFinder } from "../../engine/pii/find-pii.ts";
import type { LogContent } from "../../engine/schema/log-record.ts";
import { textsOfBody } from "../guarding/body-texts.ts";
import { createPlaceholders } from "../guarding/placeholders.ts";
import { replaceFindings } from "../guarding/replace-findings.ts";
import type { Finding } from "../guardrail.ts";

/** Longer texts are not kept where they must be redacted: that takes about a millisecond for 1,000 characters. */
const MOST_CHARS = 131_072;

type Redact = (content: LogContent | null) => LogContent | null;

/** Makes a redactor when it is first needed; until its parts are loaded, no text is kept. */
export function createTextRedactor(): () => Redact {
  let finder: PiiFinder | null = null;
  let isOpening = false;
  return () => {
    if (!isOpening) {
      isOpening = true;
      import("../../engine/pii/find-pii.ts")
        .then(({ openPiiFinder }) => {
          finder = openPiiFinder();
        })
        .catch(() => {
          isOpening = false;
        });
    }
    return (content) => (content === null || finder === null ? null : redactedText(content, finder));
  };
}

/** The text with placeholders for what is personal in it, the same for the same value; null when it is too long. */
function redactedText(content: LogContent, finder: PiiFinder): LogContent | null {
  const { answer, ...asked } = content;
  const said = answer === undefined ? [] : [{ role: "assistant", content: answer }];
  const body = Buffer.from(JSON.stringify({ ...asked, messages: [...(asked.messages ?? []), ...said] }));
  if (body.length > MOST_CHARS) return null;
  const texts = textsOfBody(body, "openai-chat");
  const findings = texts.passages.flatMap(({ text, label }, passage) =>
    finder
      .find(text, { label })
      .map(({ type, start, end }): Finding => ({ label: type, place: { passage, start, end } })),
  );
  const replaced = replaceFindings(texts.passages, findings, createPlaceholders());
  // The same shape that went in.
  const redacted = JSON.parse(texts.rewrite((passage) => replaced[passage] ?? null).toString("utf8")) as typeof asked;
  if (answer === undefined) return { ...redacted, redacted: true };
  const messages = redacted.messages ?? [];
  const last = messages.at(-1) as { content: string };
  return { ...redacted, messages: messages.slice(0, -1), answer: last.content, redacted: true };
}
