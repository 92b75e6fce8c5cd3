import { NOTES } from "./notes.ts";

const SENTENCES = `
My name is {p}.
my name is {p} and I live in {c}
I am {p}, a customer since {d}.
This is {p} speaking.
{p} here, following up on ticket {n}.
Hi {f}, thanks for getting back to me so quickly.
Hello {f}!
Hey {f}, can you send the report to {e}?
Dear {f},
Dear {f} {l},
Dear Mr. {l},
Dear Ms. {l}, your booking {n} is confirmed.
Dear Dr {l},
Best regards,\\n{p}
Kind regards,\\n\\n{p}\\n{o}
Thanks,\\n{f}
Cheers, {f}
Sincerely,\\n{p}\\n{a}
Yours, {f} {l}
Regards\\n{p}\\n{o}\\n{a}\\nTel {n}
Please contact {p} at {e} or {n}.
Please ask {f} to call {p} on {n}.
Can you book a table for {f} and {f} on {d}?
Send the invoice to {p}, {a}.
Ship it to {a}.
Ship to: {p}, {a}
Deliver the parcel to {p}\\n{a}
The delivery address is {a}
My address is {a}.
my new address: {a}
I moved to {a} last month.
We live at {a}.
I live at {a}, can you change it in my profile?
She lives in {c}.
{f} lives at {a}.
{p} lives on {a}.
The office is located at {a}.
Our store at {a} opens at 9.
Meet me at {a} at noon.
The shop is on {a}
The meeting takes place at {a}, room {n}.
Pick me up from {a}
Is {a} within your delivery area?
The patient, {p}, was admitted on {d}.
Patient: {p}
Patient {p} (born {d}) lives at {a}.
Name: {p}
Full name: {p}\\nAddress: {a}\\nPhone: {n}
Name: {p}\\nEmail: {e}\\nAddress: {a}
First name: {f}\\nLast name: {l}\\nCity: {c}
Customer: {p}\\nCompany: {o}\\nStreet: {a}
Employee: {p}, employer: {o}
Account holder: {p}
Cardholder name {p}
Billing address: {a}
billing address\\n{p}\\n{a}
Shipping address:\\n{p}\\n{a}
From: {p} <{e}>\\nTo: {p} <{e}>\\nSubject: Contract
From: {p}\\nSent: {d}\\nTo: {p}\\nCc: {p}
On {d}, {p} wrote:
{p} wrote to {p} about the project.
{p} said that the results were good.
said {p}.
"We are delighted," said {p}, who runs {o}.
"I have never been to {c}," says {l}.
according to {p} of {o}
According to {l}, sales in {c} grew by {n} percent.
{l} told reporters on Tuesday.
{p}, CEO of {o}, visited {c} yesterday.
{p} works for {o}.
{p} has joined {o} as head of marketing.
I work at {o} in {c}.
He used to work at {o} before moving to {c}.
She studied at the University of {c}.
{f} studied law in {c}
{o} announced a new product today.
{o} is a company based in {c}.
Founded in {d}, {o} employs {n} people in {c}.
shares of {o} fell {n} percent
The contract between {o} and {o} was signed in {c}.
Our supplier {o} has not delivered.
I bought it from {o} in {c}
{p} was born in {c} on {d}.
{p} grew up in {c}.
He comes from {c}
I'm from {c}.
The flight from {c} to {c} takes {n} hours.
We are flying to {c} next week.
What is the weather in {c}?
the train from {c} to {c} was late again
My wife {f} and I visited {c}.
My husband {f} has an appointment on {d}.
my son {f} is {n} years old
My daughter {f} goes to school in {c}
my boss {f} told me to ask {f}
my colleague {p} will take over
My doctor is Dr. {l}
Dr. {p} prescribed {n} mg.
Prof. {l} teaches at {o}.
Professor {p} published a paper.
Mr. {l} and Mrs. {l} arrived.
Mrs. {p} called twice
Miss {l} was not amused.
Sir {p} was knighted in {d}.
President {l} met Chancellor {l} in {c}.
Judge {l} ruled in favor of {o}.
The lawyer {p} represents {o}.
Inspector {l} questioned {f}.
{f} and {f} went to the park.
{f} has {n} apples and gives {n} to {f}.
{f}'s car is red.
{f}'s mother, {p}, is a teacher.
{p}'s account was closed.
I spoke with {f} yesterday
I talked to {p} from {o} about this
Tell {f} I said hi
Ask {f} {l} whether she can come.
Who is {p}?
What did {p} write?
When was {p} born?
Is {f} available for a call?
Could you forward this to {p}?
Remind me to call {f} on {d}
Schedule a meeting with {p} and {p} on {d}.
here is {f}'s number: {n}
This is {f}'s e-mail: {e}
{f}'s address is {a}
I borrowed {f}'s laptop
{l}'s latest book is out
the verdict against {p} was overturned
the {o} website says so
on the {o} website
{o} reported a profit of {n} million.
{o} hired {n} engineers
{o} opened a factory in {c}.
{o}'s quarterly results
the team at {o}
products made by {o}
a subsidiary of {o}
an interview at {o} on {d}
after {n} years at {o}, she went to {o}
{o}, a firm from {c}, offers insurance.
cc {f}, {f} and {f}
Attendees: {p}, {p}, {p}
Participants: {f} {l}, {f} {l}
@{f} please review
{f}: are you coming?\\n{f}: yes, in {n} minutes
{f}, could you help me with this?
{f}, please sign the contract.
{f}, may I have the keys?
{l}, where are you?
Mr. {l} is {n} years old.
Mrs. {l} is a retired teacher from {c}.
ms. {l} wants to open an account
mr {l} asked for a refund
please call ms. {l} back
We came here from {c}
they moved from {c} to {c}
I was raised in {c}.
{o} has invested in new machines.
{o} makes software
{f} has been here for years
where is {f} now
the story of {f} and {f}
You can call me {f}
The name is {l}.
my last name is {l}
His surname is {l}, first name {f}.
What is your name? {p}
name? {p}
I'd like to speak with {p}
I want to add {p} to my account
please remove my ex {p} from the contract
The account is under the name {p}
it is registered to {p}
the card belongs to {p}
Transfer {n} euros to {p}.
Pay {n} to {o}, {a}
Refund to {p}, order {n}
The film was directed by {p} and stars {p}.
a song by {p}
The novel by {l} won a prize.
{l} began painting as a child, inspired by {p}.
{l} is very kind.
{l} won the race ahead of {l} and {l}.
{l} scored twice against {c}.
{f} was reliable as always.
{p} will speak at the conference in {c}.
Follow {p} on social media.
The mayor of {c}, {p}, resigned.
Located in {c}, the hotel has {n} rooms.
{c} is the capital of {c}.
The population of {c} is {n}.
tourism in {c} has declined
The {c} office will close.
Police in {c} arrested {p}.
{p} ({n}) of {c} was injured.
Contact person: {p}
Emergency contact: {p}, {n}
Reference: {p}, {o}, {n}
Witness: {p}
Signed: {p}, {c}, {d}
{p}\\n{o}\\n{a}
{p}\\n{a}
{p}\\n\\n{a}\\n
{p}, {a}
{p} {a}
{a}
{a}\\n{n}
{p}\\n{o}\\n{n}
{o}\\n{a}
{p} | {o} | {n}
{p};{e};{n};{c}
{"name": "{p}", "city": "{c}"}
{"customer": {"first_name": "{f}", "last_name": "{l}", "address": "{a}"}}
name,city\\n{p},{c}\\n{p},{c}
<name>{p}</name><address>{a}</address>
- {p}: {n}\\n- {p}: {n}
1. {p}\\n2. {p}\\n3. {p}
| {p} | {c} | {n} |
The landlord, {p}, owns the house at {a}.
The property at {a} is for sale.
Return it to {a} if undelivered.
An ambulance was sent to {a}
My flat is in {c}, {a}
change my address from {a} to {a}
Can you check if {a} has fibre?
the bus stops at {a}
The museum, at {a}, is closed on Mondays.
Mein Name ist {p}.
Ich heiße {f} und wohne in {c}.
Ich wohne in der {a}.
Meine Adresse lautet {a}.
Sehr geehrter Herr {l},
Sehr geehrte Frau {l}, vielen Dank für Ihre Nachricht.
Liebe {f}, lieber {f}
Mit freundlichen Grüßen\\n{p}
Viele Grüße\\n{f}
Herr {l} arbeitet bei {o} in {c}.
Frau {p} hat am {d} angerufen.
Bitte senden Sie das Paket an {p}, {a}.
Können Sie {f} {l} anrufen? Nummer {n}
Der Vertrag mit {o} wurde in {c} unterzeichnet.
Kundin: {p}, Adresse: {a}
Je m'appelle {p}.
Je m'appelle {f} et j'habite à {c}.
J'habite au {a}.
Mon adresse est {a}
Bonjour {f},
Bonjour Madame {l},
Monsieur {l} travaille chez {o}.
Cordialement,\\n{p}
Veuillez contacter {p} au {n}.
Envoyez le colis à {p}, {a}.
Le siège de {o} se trouve à {c}.
Mme {p} est née à {c} le {d}.
Me llamo {p} y vivo en {c}.
Mi nombre es {p}.
Vivo en {a}.
Mi dirección es {a}
Estimado señor {l}:
Hola {f}, ¿cómo estás?
La señora {p} trabaja en {o}.
Saludos,\\n{p}
Envíe el paquete a {p}, {a}
Mi chiamo {p} e abito a {c}.
Abito in {a}.
Gentile signora {l},
Cordiali saluti\\n{p}
Il dottor {l} lavora a {c}
Mijn naam is {p}.
Ik woon op {a}.
Beste {f},
Met vriendelijke groet,\\n{p}
Mevrouw {l} werkt bij {o} in {c}.
Meu nome é {p}.
Moro na {a}.
Prezado senhor {l},
Atenciosamente,\\n{p}
Nazywam się {p}.
Mieszkam w {c}, {a}
Jag heter {p} och bor i {c}.
Mit navn er {p}.
Nimeni on {p}.
Jmenuji se {p}.
Benim adım {p}.
Меня зовут {p}.
Я живу в {c}
Με λένε {p}.
`
  .trim()
  .split("\n")
  .map((line) => line.replaceAll("\\n", "\n"));

/**
 * Sentences around names, written for this corpus. `{p}` a person, `{f}` a first name, `{l}` a last name, `{a}` an address,
 * `{c}` a city or country, `{o}` an organisation, `{n}` a number, `{e}` an e-mail address, `{d}` a date.
 */
export const PHRASES: readonly string[] = [...SENTENCES, ...NOTES];

/** Sentences without any name, many with capitals that are none. */
export const PLAIN: readonly string[] = `
How do I reset my password?
Please cancel my subscription.
I WANT TO TALK TO A MANAGER NOW!
WHY IS THIS SO SLOW
What is the difference between TCP and UDP?
Write a Python function that sorts a list.
The Great Gatsby is a novel about the American Dream.
Monday and Tuesday are fine, Wednesday is not.
In January the prices went up by {n} percent.
Chapter {n}: The Beginning of the End
The Quick Brown Fox Jumps Over the Lazy Dog
Order {n} has shipped on {d}.
ERROR {n}: Connection refused
Please update the invoice {n} dated {d}.
SELECT id, total FROM Orders WHERE status = 'open'
import numpy as np
const Result = await Promise.all(Tasks);
The Internet of Things and Artificial Intelligence
Kubernetes, Docker and Terraform are tools.
Can I upgrade to the Premium Plan?
The CEO and the CFO met the Board.
Our Terms of Service and Privacy Policy changed.
Article {n} of the General Data Protection Regulation
Happy Birthday! Merry Christmas and a Happy New Year
Black Friday deals start on {d}
The Bible, the Quran and the Torah
Does God exist? Discuss.
Use the Pythagorean theorem.
Explain Quantum Mechanics to a five-year-old.
I have {n} questions about my Order.
The train leaves at {n}.
Thank You So Much For Everything
Where can I find the Settings Menu?
My card expires in {n}, when do I get a new one?
The balance is {n} dollars.
Ref: {n}
Code: {n}
Total: {n}
PIN {n}
He said it was fine. She said it was not.
Yes. No. Maybe.
Good Morning! How Are You Today?
Zum Geburtstag viel Glück!
Die Katze sitzt auf dem Tisch.
Wie ändere ich mein Passwort?
Der Hund und das Haus sind groß. Die Sonne scheint.
Le chat est sur la table. Bonne Année !
Comment puis-je annuler ma commande {n} ?
¿Cómo puedo cambiar mi contraseña?
El gato está en la mesa.
Il gatto è sul tavolo.
De kat zit op de mat.
Kot siedzi na stole.
As a teacher, I would like to plan a Lesson about Photosynthesis.
"This is great," he said, and then left.
Note: The Following Items Are Not Included.
Section {n}.{n} Scope
I. Introduction
A. True B. False C. Both D. None of the above
Step {n}: Mix the flour with {n} g of sugar.
The museum is closed. The restaurant serves Indian food.
The Danish government and the French president agreed.
Spanish wine, Italian pasta and Swiss chocolate
Question: What is {n} plus {n}?
Answer: {n}
the weather is nice today
excuse me, i do not like that tone at all
the energy of the building and the years that followed
a tone, a note, a chat bot and a robot
ready, steady, go! lift off in {n}... {n}... {n}...
He reads Science Weekly and watches Late Night Comedy.
the European Parliament and the United Nations met
an advocate for the value of education
Read Grim Tales, Old Songs and other Stories.
an issue with the order
in case of a problem please return it
the verses were great, the riff was loud and the energy was high
What did he say? "Never Ending Story" (a song)
#{n} on the list
(see Figure {n} and Table {n})
i want to return my order, it never arrived
please block my card, i lost it
can someone call me back?
You are a helpful assistant. Answer in English.
Translate the following sentence into German:
Summarise the text below in {n} bullet points.
`
  .trim()
  .split("\n");

/** Ends of companies' names in several countries. */
export const COMPANY_ENDS =
  "Inc,Inc.,LLC,Ltd,Ltd.,Limited,Corp,Corp.,Corporation,Company,Co.,Group,Holdings,GmbH,AG,KG,SE,SA,S.A.,SAS,SARL,BV,B.V.,NV,AB,ApS,A/S,Oy,SpA,S.p.A.,Srl,S.L.,Sp. z o.o.,Pty Ltd,PLC,plc,LLP,& Co,& Sons,and Sons,& Partners,Partners,Associates".split(
    ",",
  );

/** Words of which companies' names are made. */
export const COMPANY_WORDS =
  "Global,Data,Systems,Software,Solutions,Consulting,Bank,Insurance,Energy,Pharma,Labs,Logistics,Media,Foods,Motors,Capital,Health,Networks,Security,Digital,Cloud,Robotics,Analytics,Airlines,Electric,Steel,Chemical,Industries,Services,Technologies,Ventures,Studios,Design,Retail,Telecom,Dynamics,Research,Financial,Economic,International,National,United,First,Blue,Green,Red,North,Sun,Star,Next,Smart,Open,Bright,Pacific,Atlantic,Alpine,Nordic,Home,Living,Weight,Water,Wire,Stone,Bio,Geo,Nano,Micro,Aero,Auto,Agri,Edu,Fin,Med".split(
    ",",
  );

/** Names that everybody knows, which carry no ending. */
export const KNOWN_COMPANIES =
  "Google,Microsoft,Apple,Amazon,Netflix,Tesla,Siemens,Volkswagen,Toyota,Samsung,Sony,Nestlé,Unilever,IBM,Oracle,SAP,Intel,Nvidia,Boeing,Airbus,Deutsche Bank,Barclays,HSBC,Goldman Sachs,JPMorgan,Deloitte,KPMG,McKinsey,Accenture,Pfizer,Bayer,Novartis,Walmart,Tesco,Carrefour,IKEA,Lidl,Vodafone,Orange,Telefónica,Verizon,Reuters,CNN,BBC,The New York Times,Harvard University,MIT,Stanford,Oxford University,Red Cross,UNICEF,World Bank,European Commission,NASA,FBI,Lufthansa,Ryanair,Uber,Airbnb,Spotify,Facebook,Meta,Twitter,LinkedIn,OpenAI,Anthropic,Adobe,Cisco,Philips,ING,Renault,Fiat,Ferrari,Zara,Adidas,Nike,Puma,Starbucks,McDonald's,Burger King,Coca-Cola,Pepsi".split(
    ",",
  );

export const COUNTRIES =
  "Afghanistan,Albania,Algeria,Argentina,Armenia,Australia,Austria,Azerbaijan,Bahrain,Bangladesh,Belarus,Belgium,Belize,Benin,Bhutan,Bolivia,Brazil,Brunei,Bulgaria,Burundi,Cambodia,Cameroon,Canada,Chad,Chile,China,Colombia,Congo,Costa Rica,Croatia,Cuba,Cyprus,Czech Republic,Denmark,Ecuador,Egypt,Estonia,Ethiopia,Fiji,Finland,France,Gabon,Georgia,Germany,Ghana,Greece,Greenland,Guatemala,Guinea,Haiti,Honduras,Hungary,Iceland,India,Indonesia,Iran,Iraq,Ireland,Israel,Italy,Jamaica,Japan,Jordan,Kazakhstan,Kenya,Kuwait,Laos,Latvia,Lebanon,Liberia,Libya,Lithuania,Luxembourg,Madagascar,Malaysia,Mali,Malta,Mexico,Moldova,Monaco,Mongolia,Montenegro,Morocco,Mozambique,Myanmar,Namibia,Nepal,Netherlands,New Zealand,Nicaragua,Niger,Nigeria,North Macedonia,Norway,Oman,Pakistan,Panama,Paraguay,Peru,Philippines,Poland,Portugal,Qatar,Romania,Russia,Rwanda,Samoa,San Marino,Saudi Arabia,Senegal,Serbia,Singapore,Slovakia,Slovenia,Somalia,South Africa,South Korea,Spain,Sri Lanka,Sudan,Sweden,Switzerland,Syria,Taiwan,Tanzania,Thailand,Togo,Tunisia,Turkey,Uganda,Ukraine,United Arab Emirates,United Kingdom,United States,USA,UK,Uruguay,Uzbekistan,Vatican City,Venezuela,Vietnam,Yemen,Zambia,Zimbabwe,Deutschland,Österreich,Schweiz,España,Italia,Nederland,België,Polska,Sverige,Norge,Danmark,Suomi,Türkiye,México,Brasil,Perú".split(
    ",",
  );
