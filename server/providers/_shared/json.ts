/** The value of a JSON text; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Arguments of a tool call as the object that some vendors ask for. What a model wrote may be broken JSON (an answer cut
 * short, replayed by the client): it goes along as text instead of breaking the conversation.
 */
export function argumentsObject(argumentsJson: string): Record<string, unknown> {
  const value = parseJson(argumentsJson);
  return isObject(value) ? value : { arguments: value ?? argumentsJson };
}
