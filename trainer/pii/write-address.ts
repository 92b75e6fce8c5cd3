import type { NameLists } from "./names.ts";

export interface AddressTools {
  readonly lists: NameLists;
  readonly place: () => string;
  readonly last: () => string;
  readonly digits: (count: number) => string;
  readonly pick: <T>(from: readonly T[]) => T;
  readonly chance: (share: number) => boolean;
}

const BEHIND =
  "Street,St,St.,Road,Rd,Rd.,Avenue,Ave,Ave.,Lane,Ln,Drive,Dr,Dr.,Court,Ct,Place,Pl,Square,Sq,Boulevard,Blvd,Blvd.,Way,Close,Crescent,Terrace,Parkway,Pkwy,Highway,Hwy,Circle,Trail,Walk,Row,Mews,Gardens,Hill,Quay".split(
    ",",
  );
const JOINED =
  "straße,strasse,str.,gasse,weg,platz,allee,damm,ufer,ring,straat,laan,plein,gracht,kade,gatan,vägen,gata,veien,vej,gade,katu,tie,utca,út".split(
    ",",
  );
const BEFORE =
  "Rue,Rue de,Rue du,Rue de la,Avenue,Avenue de,Boulevard,Place,Chemin,Impasse,Allée,Quai,Calle,Calle de,Avenida,Av.,Plaza,Paseo,Carrera,Via,Viale,Piazza,Corso,Rua,Rua da,Travessa,Largo,ul.,ulica,aleja,Aleja,Strada,Bulevardul,ulice,nám.,trg,Ulica,Οδός,ул.,улица,вул.,Jalan,Jl.,Sokak,Cad.,Nguyễn,Route de,Camino,Estrada".split(
    ",",
  );
const UNITS = "Apt,Apt.,Apartment,Suite,Ste.,Unit,Flat,Floor,#,Wohnung,appartement,Piso,interno,lok.,Top,Bldg".split(
  ",",
);
const STATES =
  "AL,AK,AZ,CA,CO,FL,GA,IL,MA,MD,MI,MN,NC,NJ,NY,OH,OR,PA,TX,VA,WA,WI,NSW,VIC,QLD,ON,BC,QC,California,Texas,Ontario,Bavaria,Kent,Essex".split(
    ",",
  );

/** An address as people of several countries write one, more or less whole. */
export function writeAddress(tools: AddressTools): string {
  const { chance, pick, place, digits } = tools;
  if (chance(0.04)) return `${tools.last()} ${pick(BEHIND)} and ${tools.last()} ${pick(BEHIND)}`;
  if (chance(0.05)) return chance(0.5) ? `${tools.last()} ${pick(BEHIND)}` : `${tools.last()}${pick(JOINED)}`;
  let text = streetLine(tools);
  if (chance(0.2)) text += `${pick([", ", " ", "\n"])}${pick(UNITS)} ${digits(pick([1, 2, 3]))}`;
  if (chance(0.4)) return text;
  const glue = pick([", ", ", ", "\n", "\n ", " ", ",\n"]);
  const city = place();
  const code = postCode(tools);
  text += glue;
  text += pick([
    city,
    `${code} ${city}`,
    `${city} ${code}`,
    `${city}, ${pick(STATES)} ${digits(5)}`,
    `${city}, ${code}`,
    `${city}${pick([", ", "\n"])}${code}`,
    `${city}, ${pick(STATES)}`,
  ]);
  if (chance(0.3)) text += `${pick([", ", "\n", " "])}${tools.chance(0.7) ? place() : `${place()} ${digits(5)}`}`;
  return text;
}

function streetLine({ lists, chance, pick, last, digits }: AddressTools): string {
  const number = chance(0.15)
    ? `${digits(2)}${pick(["a", "b", "A", "B", "/2", "-4"])}`
    : String(Number(digits(pick([1, 2, 2, 3, 3, 4]))) + 1);
  const name = chance(0.3) ? `${last()} ${last()}` : last();
  const kind = Math.floor(pick([0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5]));
  if (kind === 0) return `${number} ${name} ${pick(BEHIND)}`;
  if (kind === 1) return chance(0.8) ? `${name}${pick(JOINED)} ${number}` : `${name}-Straße ${number}`;
  if (kind === 2)
    return chance(0.5)
      ? `${number}${pick([" ", ", "])}${pick(BEFORE)} ${name}`
      : `${pick(BEFORE)} ${name}${pick([" ", ", "])}${number}`;
  if (kind === 3 && lists.streets.length > 0) {
    const street = pick(lists.streets);
    return chance(0.5) ? `${number} ${street}` : `${street} ${number}`;
  }
  // Two numbers, as made-up data and house-and-flat have them.
  if (kind === 4) return `${digits(2)} ${name}${chance(0.5) ? pick(JOINED) : ` ${pick(BEHIND)}`} ${number}`;
  return chance(0.5) ? `PO Box ${digits(4)}` : `${pick(BEFORE)} ${name} ${number}`;
}

function postCode({ pick, digits }: AddressTools): string {
  const letter = () => pick([..."ABCDEGHJKLMNPRSTW"]);
  return pick([
    () => digits(5),
    () => digits(5),
    () => digits(4),
    () => `${digits(5)}-${digits(4)}`,
    () => `${letter()}${letter()}${digits(1)} ${digits(1)}${letter()}${letter()}`,
    () => `${letter()}${digits(1)}${letter()} ${digits(1)}${letter()}${digits(1)}`,
    () => `${digits(4)} ${letter()}${letter()}`,
    () => `${digits(2)}-${digits(3)}`,
    () => `${digits(3)} ${digits(2)}`,
    () => digits(6),
  ])();
}
