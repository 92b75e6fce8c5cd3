/**
 * Arguments of a tool call as the object that some dialects show. What a model wrote may be broken JSON: it goes along
 * as text under `arguments` instead of breaking the answer.
 */
export function argumentsObject(argumentsJson: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(argumentsJson);
  } catch {
    value = undefined;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return { arguments: value ?? argumentsJson };
}
