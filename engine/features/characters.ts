/** Bits of `CHARACTER_FLAGS`. */
export const LETTER = 1;
export const DIGIT = 2;
export const UPPER = 4;
export const SPACE = 8;
export const PUNCTUATION = 16;

/** Scripts whose share of a text is a feature, in the order of their ids in `CHARACTER_SCRIPT`. */
export const SCRIPTS = [
  "none",
  "latin",
  "cyrillic",
  "cjk",
  "kana",
  "hangul",
  "arabic",
  "devanagari",
  "greek",
  "hebrew",
  "thai",
  "other",
  "symbol",
] as const;
type Script = (typeof SCRIPTS)[number];

/** Blocks of the basic plane, by range rather than by Unicode property so that every Node version agrees. */
const BLOCKS: readonly (readonly [from: number, to: number, script: Script, kind: number])[] = [
  [0xa1, 0xbf, "symbol", PUNCTUATION],
  [0xc0, 0x24f, "latin", LETTER],
  [0x250, 0x36f, "other", LETTER],
  [0x370, 0x3ff, "greek", LETTER],
  [0x400, 0x52f, "cyrillic", LETTER],
  [0x530, 0x58f, "other", LETTER],
  [0x590, 0x5ff, "hebrew", LETTER],
  [0x600, 0x77f, "arabic", LETTER],
  [0x780, 0x8ff, "other", LETTER],
  [0x900, 0x97f, "devanagari", LETTER],
  [0x980, 0xdff, "other", LETTER],
  [0xe00, 0xe7f, "thai", LETTER],
  [0xe80, 0x10ff, "other", LETTER],
  [0x1100, 0x11ff, "hangul", LETTER],
  [0x1200, 0x1dff, "other", LETTER],
  [0x1e00, 0x1eff, "latin", LETTER],
  [0x1f00, 0x1fff, "greek", LETTER],
  [0x2000, 0x2bff, "symbol", PUNCTUATION],
  [0x2c00, 0x2dff, "other", LETTER],
  [0x2e00, 0x2e7f, "symbol", PUNCTUATION],
  [0x2e80, 0x2fdf, "cjk", LETTER],
  [0x3001, 0x3004, "symbol", PUNCTUATION],
  [0x3005, 0x3007, "cjk", LETTER],
  [0x3008, 0x303f, "symbol", PUNCTUATION],
  [0x3040, 0x30ff, "kana", LETTER],
  [0x3100, 0x312f, "cjk", LETTER],
  [0x3130, 0x318f, "hangul", LETTER],
  [0x3190, 0x31ef, "cjk", LETTER],
  [0x31f0, 0x31ff, "kana", LETTER],
  [0x3200, 0x33ff, "symbol", PUNCTUATION],
  [0x3400, 0x9fff, "cjk", LETTER],
  [0xa000, 0xabff, "other", LETTER],
  [0xac00, 0xd7ff, "hangul", LETTER],
  [0xd800, 0xf8ff, "symbol", PUNCTUATION],
  [0xf900, 0xfaff, "cjk", LETTER],
  [0xfb00, 0xfb06, "latin", LETTER],
  [0xfb07, 0xfb4f, "hebrew", LETTER],
  [0xfb50, 0xfdff, "arabic", LETTER],
  [0xfe00, 0xfe6f, "symbol", PUNCTUATION],
  [0xfe70, 0xfefe, "arabic", LETTER],
  [0xff01, 0xff0f, "symbol", PUNCTUATION],
  [0xff10, 0xff19, "cjk", DIGIT],
  [0xff1a, 0xff20, "symbol", PUNCTUATION],
  [0xff21, 0xff3a, "latin", LETTER],
  [0xff3b, 0xff40, "symbol", PUNCTUATION],
  [0xff41, 0xff5a, "latin", LETTER],
  [0xff5b, 0xff65, "symbol", PUNCTUATION],
  [0xff66, 0xff9f, "kana", LETTER],
  [0xffa0, 0xffdc, "hangul", LETTER],
  [0xffe0, 0xffff, "symbol", PUNCTUATION],
];
const SPACES = [9, 10, 11, 12, 13, 32, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff];

/** [65536] what kind of character each UTF-16 unit is; control characters have no bit. */
export const CHARACTER_FLAGS = new Uint8Array(65_536);
/** [65536] index into `SCRIPTS`; 0 for ASCII. */
export const CHARACTER_SCRIPT = new Uint8Array(65_536);
/** [65536] lower case of each unit, itself when it has none of one unit's length. */
export const LOWER_CASE = new Uint16Array(65_536);

for (let code = 33; code < 127; code++) CHARACTER_FLAGS[code] = PUNCTUATION;
for (let code = 48; code < 58; code++) CHARACTER_FLAGS[code] = DIGIT;
for (let code = 65; code < 91; code++) CHARACTER_FLAGS[code] = LETTER | UPPER;
for (let code = 97; code < 123; code++) CHARACTER_FLAGS[code] = LETTER;
for (const [from, to, script, kind] of BLOCKS) {
  CHARACTER_FLAGS.fill(kind, from, to + 1);
  CHARACTER_SCRIPT.fill(SCRIPTS.indexOf(script), from, to + 1);
}
for (const code of [...SPACES, ...Array.from({ length: 11 }, (_, k) => 0x2000 + k)]) {
  CHARACTER_FLAGS[code] = SPACE;
  CHARACTER_SCRIPT[code] = 0;
}
for (let code = 0; code < 65_536; code++) LOWER_CASE[code] = code;
// Only scripts that have two cases; the Kelvin and Angstrom signs and their like stay as they are.
for (const [from, to] of [
  [0x41, 0x5a],
  [0xc0, 0x24f],
  [0x370, 0x52f],
  [0x531, 0x556],
  [0x1e00, 0x1fff],
  [0xff21, 0xff3a],
] as const) {
  for (let code = from; code <= to; code++) {
    const lower = String.fromCharCode(code).toLowerCase();
    if (lower.length !== 1 || lower.charCodeAt(0) === code) continue;
    LOWER_CASE[code] = lower.charCodeAt(0);
    CHARACTER_FLAGS[code] = CHARACTER_FLAGS[code]! | UPPER;
  }
}
