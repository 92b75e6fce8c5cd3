/** Kinds of personal data and of secrets that are found. */
export const PII_TYPES = [
  "URL_CREDENTIALS",
  "SECRET",
  "EMAIL_ADDRESS",
  "URL",
  "IBAN",
  "CREDIT_CARD",
  "US_SSN",
  "NATIONAL_ID",
  "IP_ADDRESS",
  "DATE_OF_BIRTH",
  "PHONE_NUMBER",
  "ADDRESS",
  "PERSON",
  "ORGANIZATION",
  "LOCATION",
] as const;
export type PiiType = (typeof PII_TYPES)[number];

/** Half-open range in UTF-16 units. */
export interface PiiSpan {
  readonly type: PiiType;
  readonly start: number;
  readonly end: number;
}

/** What is known of a text beside itself. */
export interface PiiHints {
  /** Name of the field that holds it, e.g. `dateOfBirth` or `phone_number`; null for none. */
  readonly label: string | null;
}

/** Finds some types in a text; in time linear in its length. */
export interface Recognizer {
  readonly types: readonly PiiType[];
  find(text: string, hints: PiiHints): readonly PiiSpan[];
}

export const NO_HINTS: PiiHints = { label: null };
