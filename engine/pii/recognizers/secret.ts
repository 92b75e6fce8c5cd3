import { labelWords } from "../nearby.ts";
import type { PiiSpan, Recognizer } from "../pii.ts";

/**
 * Forms that the issuers of keys document, each with a beginning of its own.
 *
 * @source the public rules of gitleaks and GitHub's secret scanning, by their prefixes and lengths
 */
const FORMATS = [
  "sk-(?:ant-|proj-|svcacct-|admin-|or-v1-|lf-)?[A-Za-z0-9_-]{20,200}",
  "(?:pk|sk|rk)_(?:live|test)_[A-Za-z0-9]{10,99}",
  "whsec_[A-Za-z0-9+/=]{24,99}",
  "gh[pousr]_[A-Za-z0-9]{36,251}",
  "github_pat_[A-Za-z0-9_]{22,255}",
  "gl(?:pat|ptt|dt|rt|cbt|soat|agent|imt|ffct)-[A-Za-z0-9_.-]{20,64}",
  "(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|A3T[A-Z0-9])[A-Z2-7]{16}",
  "AIza[A-Za-z0-9_-]{35}",
  "ya29\\.[A-Za-z0-9_-]{20,512}",
  "GOCSPX-[A-Za-z0-9_-]{28}",
  "xox[abeoprs]-[A-Za-z0-9-]{10,250}",
  "xapp-\\d-[A-Z0-9]{8,20}-\\d{8,20}-[a-z0-9]{20,99}",
  "npm_[A-Za-z0-9]{36}",
  "pypi-[A-Za-z0-9_-]{50,250}",
  "hf_[A-Za-z0-9]{30,64}",
  "gsk_[A-Za-z0-9]{40,64}",
  "xai-[A-Za-z0-9]{40,100}",
  "r8_[A-Za-z0-9]{37,40}",
  "pplx-[A-Za-z0-9]{40,64}",
  "SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}",
  "key-[0-9a-f]{32}",
  "(?:AC|SK)[0-9a-f]{32}",
  "do[opr]_v1_[a-f0-9]{64}",
  "dapi[a-f0-9]{32}(?:-\\d)?",
  "shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
  "sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}",
  "EAA[A-Za-z0-9]{60,250}",
  "(?:lin_api|lin_oauth)_[A-Za-z0-9]{32,64}",
  "ntn_[A-Za-z0-9]{40,64}|secret_[A-Za-z0-9]{43}",
  "dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,56}",
  "hv[sbr]\\.[A-Za-z0-9_-]{24,256}",
  "NRAK-[A-Z0-9]{27}",
  "glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}",
  "PMAK-[a-f0-9]{24}-[a-f0-9]{34}",
  "figd_[A-Za-z0-9_-]{40,64}",
  "sntry[su]_[A-Za-z0-9+/=_-]{40,200}",
  "tskey-[a-z]+-[A-Za-z0-9]{8,32}-[A-Za-z0-9]{20,64}",
  "AGE-SECRET-KEY-1[0-9A-Z]{58}",
  "\\d{8,10}:AA[A-Za-z0-9_-]{32,35}",
  "weir_[A-Za-z0-9_-]{20,99}",
  "[ps]k\\.eyJ[A-Za-z0-9_-]{20,200}\\.[A-Za-z0-9_-]{16,64}",
  "dp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9_.-]{32,64}",
  "pat[A-Za-z0-9]{14}\\.[a-f0-9]{64}",
  "AAAA[A-Za-z0-9_-]{7}:[A-Za-z0-9_-]{100,180}",
  "[MNO][A-Za-z0-9_-]{22,28}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,40}",
  "[a-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60,80}",
  "[0-9a-f]{32}-us\\d{1,2}",
  "pat-(?:na|eu)\\d-[0-9a-f]{8}-[0-9a-f-]{27}",
  "(?:xkeysib|pul|p8e|csk|HRKU|shippo_live)-[A-Za-z0-9_-]{30,99}",
  "(?:LTAI|AKID)[A-Za-z0-9]{12,40}",
  "sl\\.[A-Za-z0-9_-]{60,250}",
  "(?:oy2[a-z0-9]{43}|cio[A-Za-z0-9]{32})",
  "eyJ[A-Za-z0-9_-]{10,2000}\\.eyJ[A-Za-z0-9_-]{10,4000}\\.[A-Za-z0-9_-]{10,1000}",
].join("|");
const KNOWN = new RegExp(`(?<![A-Za-z0-9_])(?:${FORMATS})(?![A-Za-z0-9])`, "g");
const PRIVATE_KEY = "-----BEGIN ";
const END_KEY = "-----END ";
/** A name that calls its value secret, and the value. */
const ASSIGNED =
  /((?:api|access|auth|client|private|secret|session|refresh|bearer|encryption|signing|account)?[_-]?(?:key|token|secret|passwd|password|passwort|contraseña|pwd|passphrase|credentials?)["']?\s{0,3}(?::|=>?|\bis\b)\s{0,3}["'`]?)([^\s"'`,;<>]{6,256})/giu;
const BEARER = /\b((?:bearer|basic)\s{1,3})([A-Za-z0-9+/_.=-]{16,2048})/gi;
const LABEL = /pass(?:word|wd|phrase)|secret|token|api ?key|credential|private key/;
/** As most issuers write theirs: what it is, then what no language makes. Hashes and ids of things are written so too. */
const PREFIXED = /(?<![\w-])([A-Za-z]{2,10}(?:_[A-Za-z]{2,10}){0,2})_([A-Za-z0-9]{24,200})(?![\w-])/g;
const IS_ID = /sha|hash|md5|commit|digest|checksum|etag|trace|span|uuid|guid|_id$|^id|rev|blob|tree/i;
/** A token of such length and randomness that no language makes it. */
const LONG = /(?<![A-Za-z0-9_/+-])[A-Za-z0-9_+/-]{32,256}={0,2}(?![A-Za-z0-9_/+-])/g;
const LEAST_BITS = 4.2;

/** Keys and passwords: by their issuer's form, by the name that they are given, or by their randomness. */
export const secret: Recognizer = {
  types: ["SECRET"],
  find(text, { label }) {
    const spans: PiiSpan[] = [];
    const add = (start: number, end: number) => spans.push({ type: "SECRET", start, end });
    if (LABEL.test(labelWords(label)) && /^\S{6,256}$/.test(text.trim())) {
      add(text.length - text.trimStart().length, text.trimEnd().length);
      return spans;
    }
    if (!/[A-Za-z0-9_+/.:-]{10}|-----|[=:]|\bis\b/.test(text)) return spans;
    for (const { index, 0: found } of text.matchAll(KNOWN)) add(index, index + found.length);
    for (let at = text.indexOf(PRIVATE_KEY); at !== -1; at = text.indexOf(PRIVATE_KEY, at + 1)) {
      if (!text.slice(at, at + 64).includes("PRIVATE KEY")) continue;
      const close = text.indexOf(END_KEY, at);
      const line = close === -1 ? -1 : text.indexOf("-----", close + END_KEY.length);
      add(at, line === -1 ? text.length : line + 5);
      at = line === -1 ? text.length : line;
    }
    for (const match of text.matchAll(ASSIGNED)) {
      const value = match[2]!.replace(/[.)\]}]+$/, "");
      if (!isPassword(value, match[1]!)) continue;
      const start = match.index + match[1]!.length;
      add(start, start + value.length);
    }
    for (const match of text.matchAll(BEARER)) {
      const start = match.index + match[1]!.length;
      if (/\d/.test(match[2]!)) add(start, start + match[2]!.length);
    }
    for (const { index, 0: found, 1: name, 2: tail } of text.matchAll(PREFIXED))
      if (!IS_ID.test(name!) && /\d.*\d/.test(tail!) && /[A-Za-z].*[A-Za-z]/.test(tail!))
        add(index, index + found.length);
    for (const { index, 0: found } of text.matchAll(LONG)) if (isRandom(found)) add(index, index + found.length);
    return spans;
  },
};

/** What stands behind `key:` is often a word, a type or a variable. */
function isPassword(value: string, name: string): boolean {
  if (/^(?:\$\{|<|\{\{|process\.|os\.|env\.|null|true|false|string|undefined|required|number)/i.test(value))
    return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  if (/pass|pwd|contrase/i.test(name) && !/\bis\b/.test(name)) return kinds >= 2 || value.length >= 12;
  return kinds >= 3 || (kinds === 2 && /\d/.test(value) && value.length >= 10);
}

/** Mixed kinds of characters, near the most bits a character that so many can have; file paths and words have fewer. */
function isRandom(found: string): boolean {
  if (!/\d/.test(found) || !/[a-z]/.test(found) || !/[A-Z]/.test(found)) return false;
  if ((found.match(/\//g)?.length ?? 0) > found.length / 16) return false;
  return bitsOf(found) >= LEAST_BITS;
}

/** Shannon's entropy of its characters. */
function bitsOf(found: string): number {
  const counts = new Map<string, number>();
  for (const char of found) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / found.length) * Math.log2(count / found.length);
  return bits;
}
