const PLAIN = /^[\x20-\x7e]*$/;
const MOST_CHARS = 1_024;

/** A text that may hold anything, as a header may: what is no plain character is escaped as in URLs. */
export function headerText(text: string): string {
  return PLAIN.test(text) ? text : escaped(text);
}

function escaped(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => Buffer.from(character).toString("hex").replace(/../g, "%$&"));
}

/** Names in one header, of very many as many as clients' header buffers bear, and how many more there are. */
export function headerList(names: readonly string[]): string {
  let text = "";
  for (const [index, name] of names.entries()) {
    const next = `${index === 0 ? "" : ", "}${headerText(name)}`;
    if (text.length + next.length > MOST_CHARS)
      return `${text}${index === 0 ? "" : ", "}and ${names.length - index} more`;
    text += next;
  }
  return text;
}
