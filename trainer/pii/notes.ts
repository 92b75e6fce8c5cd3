/** Chat, forms, logs and short sentences in several languages around names, written for this corpus; slots as in `phrases.ts`. */
export const NOTES: readonly string[] = `
hi this is {f}, are you there?
hey its {f} again
this is {f} from {o}
is {f} around today?
did {f} and {f} leave already
tell {f} i'm on my way
tell {p} i'll pay tomorrow
can u ask {f} {l} to send it
i talked with {p} on monday and she said yes
met {p} at the station, nice guy
{f} won't come, {f} will
{p} will join us, {p} can't.
{p} isn't here; {p} covers for her.
lg {f}
vg\n{f}
mfg {p}
xoxo {f}
bye {f}
thx {f}
ok {f}, see you at {n}
{f}? {f}, are you there?
Is {f} coming? {f}'s car is here.
my husband {f} and our sons {f} and {f}
my wife {f} and daughter {f} travel with me
our neighbours {f} and {f} {l}
My son {f} is allergic to nuts.
{f}, {f} and {f} attended.
{p}, {p} and {p} attended the meeting.
Notes: {f}, {f}, {f}
Team: {f}, {f}, {f} and {f}
Present: {p}; {p}; {p}
{p}\n{p}\n{p}
cc {p}
cc: {p}, {p}
{"first_name": "{f}", "last_name": "{l}"}
{"firstName":"{f}","lastName":"{l}","city":"{c}","country":"{c}"}
{"user": {"name": "{p}", "role": "admin"}}
{"name":"{p}","company":"{o}","address":"{a}"}
{"author": "{p}", "id": {n}}
name="{p}" id={n}
user.name={p}
customer={p} status=open
{d}T{n}:{n}:{n}Z INFO payment accepted for customer {p} id={n}
{d} {n}:{n} login of {p} from {n}
{d} WARN user {p} not found
[{d}] {p}: invalid password
// reviewed by {p}
# written by {p}, {d}
* @author {p}
Author: {p} <{e}>
Signed-off-by: {p} <{e}>
Reviewed-by: {p}
Assignee: {p}, reporter: {p}
Owner: {p} ({o})
Approved by {p} on {d}
<p>{p} lives in {c}.</p>
INSERT INTO people VALUES ({n}, '{f}', '{l}', '{c}');
SELECT * FROM people WHERE name = '{p}';
id,name,city\n{n},{p},{c}\n{n},{p},{c}
The judge told {l} to sit.
The defendant, {p}, denied it.
The witness, {p}, declined to comment.
The nurse asked {p} about the pain.
Patient {p} was discharged on {d}.
Book {p} on the 9am slot.
Please book {p} for {d}
Ask {p} about the invoice.
We spoke with {p} yesterday.
{p} reported the outage at noon.
{p} has signed the contract.
{p} hat den Vertrag unterschrieben.
{p} ist heute nicht da. Frau {l} vertritt sie.
Herr {l} kommt später, Frau {l} ist schon hier.
Haben Sie {p} gesehen?
{p} a signé le contrat.
Avez-vous vu {p} ?
M. {l} viendra demain, merci pour votre aide.
Señor {l} no ha llegado.
La doctora {l} no está aquí.
¿Has visto a {p}?
{p} firmó el contrato ayer.
Il signor {l} non c'è.
{p} ha firmato il contratto.
{p} heeft het contract getekend.
{p} podpisał umowę.
{p} просит перезвонить.
{p} подписал договор вчера.
{p} is from {c}.
{p} lives in {c}, {c}.
I live in {c}, {c}
She moved to {c}, {c}, in {d}.
they met in {c} in {d}
We stayed in {c} for {n} days.
{c} and {c} are beautiful.
Hotels in {c}, {c} and {c}
Best restaurants in {c}
How far is {c} from {c}?
The {c} government and the {c} parliament met.
the {c} team lost to {c}
the {c} branch of {o}
Born in {c}, raised in {c}.
My parents are from {c}.
a trip from {c} via {c} to {c}
Celebrating its {n}th year in {c}, {o} invites artists from around the world to {c}.
"I'm glad that {c} is moving forward," says {l}.
says {l}.
asked {l}, who lives in {c}.
{c}, {d} ({o}) - Police said on Tuesday
{c} ({o}) - The president said
{p}\n\n{a}\n{c}
{p}\n{a}\n {c} {n}
{p} lives at {a}, {c}
I need to add my addresses, here they are: {a}, and {a}
please return to {a} in case of an issue.
zugestellt in der {a}
Lieferadresse: {a}
Wir wohnen {a}.
Unser Büro: {a}
livrer au {a}
J'habite {a}.
Entregar en {a}
Consegnare in {a}
Adres: {a}
Rua: {a}
Adresse : {a}
the office at {a} is closed
I moved to {a} last week
send it to {a} please
he lives at {a} now
{o} signed with {o}.
{o} and {o} merged in {d}.
{o} opened an office in {c}.
I applied at {o} and {o}.
Invoice to {o}, {a}
a report by {o} shows
Our supplier {o} is late.
She left {o} for {o}.
the {c} team met {o}
{o} works in {c}.
`
  .trim()
  .split("\n")
  .map((line) => line.replaceAll("\\n", "\n"));
