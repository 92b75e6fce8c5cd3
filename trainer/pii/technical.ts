import type { Rng } from "../../engine/rng.ts";

/**
 * Lines of programs, logs, tables and forms without anybody's name, written for this corpus: `{h}` a hash, `{g}` a UUID, `{v}` a
 * version, `{i}` an identifier, `{t}` a type's name, `{w}` a word, `{k}` one with a capital, `{n}` a number, `{d}` a date, `{u}` a word
 * of no language, `{m}` a month or a day, `{s}` a value that is known by its form.
 */
const LINES: readonly string[] = `
commit {h}
{h}  {i}.tar.gz
sha256:{h}
md5 {h} {i}
checksum {h} does not match
trace_id={h} span_id={h}
request {g} failed after {n} ms
id: {g}
{"id": "{g}", "{i}": {n}, "{i}": "{w}"}
{"type": "object", "properties": {"{i}": {"type": "string"}, "{i}": {"type": "number"}}}
{"{i}": true, "{i}": null, "{i}": ["{w}", "{w}"]}
{d} INFO {w} {w} in {n} ms
{d}T{n}:{n}:{n}Z WARN {t} - {w} {w} {n} of {n}
[{d} {n}:{n}:{n}] ERROR {i}: {w} {w}
{k}, {n} {k} {n} {n}:{n}:{n} GMT
{k} {k} {n}:{n} PM
npm install {i}@{v} {i}@{v}
pip install {i}=={v}
{i} {v}, {i} {v}, {i} {v}
Upgrade {i} from v{v} to v{v}
docker run -d -p {n}:{n} {i}:{v}
kubectl get {i} -n {i} -o wide
sudo apt-get install {i} && {i} --{i} {n}
chmod {n} {i}.sh && ./{i}.sh --{i} {n}
git checkout -b {i}/{i} && git push origin {i}
curl -X POST http://localhost:{n}/{i} -d '{w}'
#!/usr/bin/env bash\nset -euo pipefail\n{i} {i}
export {i}=\${i}
for (let {i} = 0; {i} < {n}; {i}++) { {i} += {i}[{i}] * {n}; }
const {i} = await {i}({i}).then(({i}) => {i}.{i}());
if ({i} === null || {i}.{i} > {n}) return {i};
def {i}({i}: str, {i}: int = {n}) -> dict[str, int]: return {}
import {i} from "{i}"; import { {t}, {t} } from "./{i}";
from {i} import {t} as {i}
public static void main(String[] args) { {t} {i} = new {t}(); }
class {t} extends {t}<{t}> {}
class {t} implements {t}, {t} { private {t} {i}; }
struct {t} { {i}: {t}, {i}: Vec<{t}> }
std::vector<std::map<int, {t}::{t}>> {i}; {i}.{i}({i}::{i});
TODO: rename {t} to {t}
The class {t} extends {t}.
The {t} component renders the {t}.
Use @{i} on the method and @{t} on the field.
TypeError: Cannot read properties of undefined (reading '{i}')
{t}Exception: Cannot invoke "{t}.{i}()"
Traceback (most recent call last):\n  File "{i}.py", line {n}, in {i}\n{t}Error: '{i}'
{i}/{i}/{i}/{i}.js:{n}:{n}
C:\\\\{k}\\\\{k}\\\\{i}.exe
SELECT {i}, {i} FROM {t} WHERE {i} = {n} ORDER BY {i};
INSERT INTO {i} ({i}, {i}) VALUES ({n}, '{w}');
<div class="{i}" id="{i}"><span>{k}</span></div>
<{t} {i}="{w}" {i}={{i}} />
color: #{n}; background: rgba({n}, {n}, {n}, 0.5); margin: 0 auto {n}px;
| {k} | {k} | {k} |\n| --- | --- | --- |\n| {w} | {w} | {n} |
| Name | Type | Default |\n| {i} | {w} | {n} |
{i},{i},{i}\n{w},{n},{n}\n{w},{n},{n}
GET /v{n}/{i}/{n}/{i}?{i}={n}&{i}={w} HTTP/1.1
{k}-{k}: {w}\nContent-Length: {n}
Order {n} shipped in box {n} of {n}.
Invoice INV-{n}-{n} for PO {n} is overdue.
Serial number: {h}, model A{n}
Part numbers {n}-{n}-{n} and {h}
Flight {k} {n} at gate B{n}, seat {n}F
Error 0x{h} at 0x{h}
{n} is a unix timestamp, {n} in milliseconds
meeting room {n}.{n}, {n} floor
page {n}-{n}, section {n}.{n}.{n}, table {n}
It costs {n}.{n} EUR plus {n} % VAT
The score was {n}-{n}, {n}-{n}.
Use {k}, {k}, {k}, {k} and {k}.
Compare {k}, {k} and {k}.
{k}, {k}, {k} or {k}?
{k} and {k} are {w}.
Let x be a {w}, n an {w} and f(x) = x^{n}.
Chapter {n}: The {k} {k}
{k} {k} {k}
{k}: {n}
{k} {k}: {n}
{w}: {n}
{w} {w}: {n}
{w}={n}
{i}={n}
{i}: {h}
{w} {w} {n}
{k} {n}
{w} {s}
{w} {w} {s}
{u} {s}
{u} {s}
{u}: {s}
{u}: {s}
{u} {u} {s}
{w} {u}: {s}
{w} {u} {s}
{k} {u} {s}
{s} {u}
{s} {w} {u}
{s} {w} {w} {u}
{u}={s}
{u} {s}, {u} {s}
{s} or {s}
"{u}": "{s}"
{"{u}": "{s}", "{i}": {n}}
{u}: {w} {s} {w}
the {u} {w} is {s}
my {u} is {s}
{w} me on {u}
{k}: {u} {w} {s}
{i} {u} {s} && {i}
{m} was {w}, {m} and {m} were {w}.
Will it {w} in {m} or on {m}?
{m} and {m} are {w}
in {m} the {w} is {w}
{u} is a {w} of {u}s
install {u} and {u}
Use {u}, {u} or {u}.
{i}/@{u}/{u}/{i}/{i}.js:{n}:{n}
Explain how {k}'s algorithm works.
The {k} transform of a {k} is a {k}.
`
  .trim()
  .split("\n")
  .map((line) => line.replaceAll("\\n", "\n"));

const TOOLS =
  "React,Angular,Vue,Svelte,Next,Remix,Docker,Kubernetes,Terraform,Ansible,Jenkins,Kafka,Spark,Flink,Pandas,NumPy,Flask,Django,Rails,Laravel,Spring,Maven,Gradle,Rust,Java,Python,Ruby,Julia,Scala,Kotlin,Swift,Haskell,Elixir,Perl,Bash,Linux,Windows,Android,Redis,Postgres,MySQL,Mongo,Elastic,Grafana,Prometheus,Git,GitHub,Jira,Slack,Excel,Word,Outlook,Figma,Chrome,Firefox,Safari,Webpack,Vite,Babel,Jest,Cypress,Selenium,Hadoop,Hive,Airflow,Celery,Nginx,Apache,Tomcat,Bluetooth,Ethernet,Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday,January,February,March,April,May,June,July,August,September,October,November,December,Mon,Tue,Wed,Thu,Fri,Sat,Sun,Jan,Feb,Mar,Apr,Jun,Jul,Aug,Sep,Oct,Nov,Dec,Black,White,Green,Brown,Red,Blue,Orange,Grey,Foo,Bar,Baz,Dog,Cat,Animal,User,Order,File,Type,Default,String,Integer,Boolean".split(
    ",",
  );

const MONTHS =
  "January,February,March,April,May,June,July,August,September,October,November,December,Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday,Easter,Christmas".split(
    ",",
  );

export interface TechnicalTools {
  readonly rng: Rng;
  readonly pick: <T>(from: readonly T[]) => T;
  readonly digits: (count: number) => string;
  readonly date: () => string;
  /** A word in lower case. */
  readonly word: () => string;
}

/** A line in which nobody is named. */
export function writeTechnical(tools: TechnicalTools): string {
  const { pick, word, digits, date } = tools;
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  const ascii = () => word().replace(/[^a-z]/g, "") || "x";
  const slots: Readonly<Record<string, () => string>> = {
    h: () => hexOf(tools, pick([8, 12, 16, 24, 32, 40, 40, 64])),
    g: () => [8, 4, 4, 4, 12].map((count) => hexOf(tools, count)).join("-"),
    v: () => `${digits(1)}.${digits(pick([1, 2]))}${pick(["", `.${digits(pick([1, 2, 3]))}`, "-rc.1", "-alpine"])}`,
    i: () =>
      pick([
        () => ascii(),
        () => ascii() + capital(ascii()),
        () => `${ascii()}_${ascii()}`,
        () => `${ascii()}-${ascii()}`,
        () => `${ascii().toUpperCase()}_${ascii().toUpperCase()}`,
      ])(),
    t: () => capital(ascii()) + pick([capital(ascii()), capital(ascii()), "", "Service", "Repository"]),
    w: word,
    k: () => (tools.rng.next() < 0.5 ? pick(TOOLS) : capital(word())),
    m: () => pick(MONTHS),
    s: () => structured(tools),
    u: () => {
      const made = madeUpWord(tools);
      return pick([made, made, made.toUpperCase(), capital(made)]);
    },
    n: () => digits(pick([1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 13])),
    d: date,
  };
  return pick(LINES).replace(/\{(\w)\}/g, (whole, slot: string) => slots[slot]?.() ?? whole);
}

function hexOf({ rng, pick }: TechnicalTools, count: number): string {
  const alphabet = pick([
    "0123456789abcdef",
    "0123456789abcdef",
    "0123456789ABCDEF",
    "ABCDEFGHJKMNPQRSTVWXYZ0123456789",
  ]);
  return Array.from({ length: count }, () => alphabet[Math.floor(rng.next() * alphabet.length)]!).join("");
}

/** What other recognizers than the tagger find. */
function structured(tools: TechnicalTools): string {
  const { pick, digits, rng } = tools;
  return pick([
    () => `+${digits(2)} ${digits(3)} ${digits(3)} ${digits(4)}`,
    () => `(${digits(3)}) 555-${digits(4)}`,
    () => "4242 4242 4242 4242",
    () => "DE89 3704 0044 0532 0130 00",
    () => `${digits(3)}-${digits(2)}-${digits(4)}`,
    () => `10.${digits(2)}.${digits(2)}.${digits(2)}`,
    () => "info@example.com",
    () => `https://example.com/${digits(3)}`,
    () => `sk-${Array.from({ length: 32 }, () => Math.floor(rng.next() * 36).toString(36)).join("")}`,
    () => digits(pick([8, 9, 11])),
    () => hexOf(tools, 32),
  ])();
}

/** Syllables in no order. */
function madeUpWord({ pick, rng }: TechnicalTools): string {
  const syllables = Array.from(
    { length: 1 + Math.floor(rng.next() * 3) },
    () => pick([..."bcdfghjklmnprstvwz", "br", "ch", "st", "tr", "kl"]) + pick([..."aeiou", "ei", "oo"]),
  );
  return syllables.join("") + pick(["", "n", "r", "s", "t", "x", "lab", "hub", "ify", "ly", "number", "id", "nummer"]);
}
