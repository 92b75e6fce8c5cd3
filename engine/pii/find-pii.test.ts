import { describe, expect, it } from "vitest";
import { openPiiFinder } from "./find-pii.ts";
import { TAG_COUNT } from "./names/decode.ts";
import { BUCKETS } from "./names/features.ts";
import { COMMON, FIRST_NAME, PLACE } from "./names/lexicon.ts";
import { decodeTagger, encodeTagger } from "./names/model.ts";

const finder = openPiiFinder();
const found = (text: string, label: string | null = null) =>
  finder.find(text, { label }).map(({ type, start, end }) => [type, text.slice(start, end)]);
/** Only what has a form, so that names beside it do not matter. */
const structured = (text: string) =>
  found(text).filter(([type]) => !["PERSON", "LOCATION", "ORGANIZATION", "ADDRESS"].includes(type!));

describe("structured personal data", () => {
  // Numbers with valid check digits from their issuers' own documentation and test data.
  it.each([
    ["EMAIL_ADDRESS", "mailto:first.last+tag@sub.example.co.uk?x=1", "first.last+tag@sub.example.co.uk"],
    ["EMAIL_ADDRESS", "schreib an jürgen@müller.de.", "jürgen@müller.de"],
    ["CREDIT_CARD", "card 4242-4242-4242-4242, thanks", "4242-4242-4242-4242"],
    ["CREDIT_CARD", "Amex 378282246310005.", "378282246310005"],
    ["IBAN", "IBAN: GB82 WEST 1234 5698 7654 32 please", "GB82 WEST 1234 5698 7654 32"],
    ["IBAN", "fr1420041010050500013m02606", "fr1420041010050500013m02606"],
    ["US_SSN", "ssn 078-05-1120", "078-05-1120"],
    ["US_SSN", "my social security number is 219099999", "219099999"],
    ["NATIONAL_ID", "NINO QQ 12 34 56 C or AB 12 34 56 C", "AB 12 34 56 C"],
    ["NATIONAL_ID", "DNI 12345678Z", "12345678Z"],
    ["NATIONAL_ID", "codice fiscale RSSMRA85T10A562S", "RSSMRA85T10A562S"],
    ["NATIONAL_ID", "CPF 390.533.447-05", "390.533.447-05"],
    ["NATIONAL_ID", "Steuer-ID 36574261809", "36574261809"],
    ["NATIONAL_ID", "AHV 756.9217.0769.85", "756.9217.0769.85"],
    ["NATIONAL_ID", "passport number: C01X00T47", "C01X00T47"],
    ["IP_ADDRESS", "from 192.168.1.17:8080", "192.168.1.17"],
    ["IP_ADDRESS", "host 2001:db8::ff00:42:8329 is up", "2001:db8::ff00:42:8329"],
    ["PHONE_NUMBER", "ring +44 20 7946 0958 today", "+44 20 7946 0958"],
    ["PHONE_NUMBER", "Tel.: 030/901820", "030/901820"],
    ["PHONE_NUMBER", "(415) 555-2671 ext. 12", "(415) 555-2671 ext. 12"],
    ["PHONE_NUMBER", "appelez le 06 12 34 56 78", "06 12 34 56 78"],
    ["DATE_OF_BIRTH", "born on 3 May 1984 in", "3 May 1984"],
    ["DATE_OF_BIRTH", "Geburtsdatum: 12.11.1979", "12.11.1979"],
    ["DATE_OF_BIRTH", "she was born on the twenty-third of May 1981", "the twenty-third of May 1981"],
    ["DATE_OF_BIRTH", "né le 14 juillet 1989 à Lyon", "14 juillet 1989"],
    ["IBAN", "SE45 5000 0000 0583 9825 7466 and NO93 8601 1117 947", "NO93 8601 1117 947"],
    ["URL_CREDENTIALS", "redis://:p4ssw0rd@cache.example.com/0", "redis://:p4ssw0rd@cache.example.com/0"],
    ["PHONE_NUMBER", "phone=5554821907", "5554821907"],
    [
      "URL_CREDENTIALS",
      "clone https://bob:hunter22@git.example.com/x.git now",
      "https://bob:hunter22@git.example.com/x.git",
    ],
    [
      "URL_CREDENTIALS",
      "https://api.example.com/v1?access_token=abcdef123456",
      "https://api.example.com/v1?access_token=abcdef123456",
    ],
    ["URL", "see (https://example.com/a_(b)).", "https://example.com/a_(b)"],
    ["SECRET", "key sk-proj-abcdefghijklmnopqrstuvwx1234", "sk-proj-abcdefghijklmnopqrstuvwx1234"],
    ["SECRET", "AKIAIOSFODNN7EXAMPLE is in the log", "AKIAIOSFODNN7EXAMPLE"],
    ["SECRET", 'password = "Tr0ub4dor&3"', "Tr0ub4dor&3"],
    ["SECRET", "Authorization: Bearer abc123def456ghi789", "abc123def456ghi789"],
  ])("finds %s in %j", (type, text, value) => {
    expect(structured(text)).toContainEqual([type, value]);
  });

  it.each([
    "The order 4111 1111 1111 1112 has shipped.", // its check digit is wrong
    "In 1990-2000 there were 1.234.567 people and 12,345.67 euros.",
    "Version 1.2.3.4 of std::vector at 12:30:45",
    "ISBN 978-3-16-148410-0",
    "Meeting on 2024-05-17 from 10:00 to 11:30",
    "const key = process.env.API_KEY; token: string",
    "git commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "a @ b, @mention, user@localhost",
    "The password is required, the secret of success",
  ])("finds nothing in %j", (text) => {
    expect(structured(text)).toEqual([]);
  });

  it("takes the name of a JSON field as a hint", () => {
    expect(found("1984-05-03", "dateOfBirth")).toEqual([["DATE_OF_BIRTH", "1984-05-03"]]);
    expect(found("1984-05-03", "created")).toEqual([]);
    expect(found("5551234567", "phone_number")).toEqual([["PHONE_NUMBER", "5551234567"]]);
    expect(found("correcthorsebattery", "password")).toEqual([["SECRET", "correcthorsebattery"]]);
  });
});

describe("names", () => {
  it.each([
    ["PERSON", "My name is Amina Okonkwo and I need help.", "Amina Okonkwo"],
    ["PERSON", "Sehr geehrte Frau Brandstätter, vielen Dank", "Brandstätter"],
    ["PERSON", "Bonjour, je m'appelle Théo Lefèvre.", "Théo Lefèvre"],
    ["PERSON", "please call dr. Vasquez back", "Vasquez"],
    ["ADDRESS", "Ship it to 221B Baker Street, London NW1 6XE please.", "221B Baker Street, London NW1 6XE"],
    ["ADDRESS", "Ich wohne in der Lindenstraße 14, 10969 Berlin.", "Lindenstraße 14, 10969 Berlin"],
  ])("finds %s in %j", (type, text, value) => {
    expect(found(text)).toContainEqual([type, value]);
  });

  it.each(["How do I sort a list in Python?", "i want to cancel my order", "SELECT name FROM Users WHERE id = 3"])(
    "finds nobody in %j",
    (text) => {
      expect(found(text).filter(([type]) => type === "PERSON")).toEqual([]);
    },
  );
});

describe("the finder", () => {
  it("finds spans in order, none over another, and within the text", () => {
    const text =
      "Ann Lee <ann@example.org> +1 415 555 2671, 4242424242424242, https://a:b@example.org/?token=abcdefgh ".repeat(
        20,
      );
    let last = 0;
    for (const { start, end } of finder.find(text)) {
      expect(start).toBeGreaterThanOrEqual(last);
      expect(end).toBeGreaterThan(start);
      last = end;
    }
    expect(last).toBeLessThanOrEqual(text.length);
  });

  it("looks for the types that are asked for only", () => {
    const mail = openPiiFinder(["EMAIL_ADDRESS"]);
    expect(mail.find("Ann Lee, ann@example.org, 4242424242424242").map(({ type }) => type)).toEqual(["EMAIL_ADDRESS"]);
  });

  it("finds several people in a list", () => {
    expect(found("Attendees: Ana, Bogdan, Chiara").filter(([type]) => type === "PERSON")).toHaveLength(3);
  });

  it("takes no hash, id or identifier for an address or a person", () => {
    for (const text of [
      "commit 3f786850e387550fdab836ed7e6dc881de23001b",
      "trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
      "request 123e4567-e89b-12d3-a456-426614174000 failed",
      "class UserRepository extends BaseRepository",
    ])
      expect(found(text)).toEqual([]);
  });

  it("ends on texts that are made to make patterns slow", () => {
    for (const piece of [
      "a",
      "1",
      "1 ",
      "a@",
      "-eyJ",
      "key=",
      "(((",
      "A1-",
      "http://",
      "Mr. ",
      "::",
      "\n",
      "é ",
      "-----BEGIN ",
    ])
      expect(() => finder.find(piece.repeat(30_000 / piece.length))).not.toThrow();
  });

  it("refuses a tagger that is damaged or of another make", () => {
    const weights = {
      emissions: new Float32Array(BUCKETS * TAG_COUNT).fill(1),
      transitions: new Float32Array((TAG_COUNT + 1) * TAG_COUNT),
    };
    const bytes = encodeTagger(
      weights,
      new Map([
        [5, COMMON],
        [-7, FIRST_NAME | PLACE],
      ]),
    );
    const { lexicon } = decodeTagger(bytes);
    expect([5, -7, 6].map(lexicon.classOf)).toEqual([COMMON, FIRST_NAME | PLACE, 0]);
    expect(() => decodeTagger(bytes.subarray(0, 1000))).toThrow("damaged");
    bytes.writeUInt32LE(1, 4);
    expect(() => decodeTagger(bytes)).toThrow("other features");
  });
});
