/** `system_instruction` as `systemInstruction`; camelCase stays. */
export function camelCase(field: string): string {
  return field.includes("_")
    ? field.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    : field;
}
