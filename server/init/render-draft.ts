import { Document, isMap, isScalar } from "yaml";
import type { ConfigDraft } from "./draft.ts";

const HEAD = ` Weir's configuration. \`weir doctor\` checks it; every setting is in weir.yaml.example.
 \${NAME} is read from the environment when Weir starts and is never written here.`;

/** What each section is for, where it is written. */
const COMMENTS: Readonly<Record<string, string>> = {
  upstreams: " Endpoints that requests can go to.",
  candidates: " Models under the names that clients use; <upstream>/<model> needs no entry.",
  pools: " Equal upstreams of one model. Clients may ask for a pool's name.",
  routes:
    ' `model: weir/auto` goes to the route "default". In mode observe nothing changes: every request is served by the\n incumbent, and the decision that would have been made is logged. mode: active follows it.',
  gateway: " How upstreams are called.",
  limits: " Most that a model, key, team or user may do a minute.",
  budgets: " Caps on spending; a hard one (the default) refuses what could pass it.",
};

/** weir.yaml as text: sections with what they are for, and what the operator should look at on top. */
export function renderDraft({ sections, notes }: ConfigDraft): string {
  const document = new Document(sections, { aliasDuplicateObjects: false });
  const open = notes.map(({ place, message }) => ` - ${place}: ${message}`);
  document.commentBefore = open.length === 0 ? HEAD : `${HEAD}\n\n To look at:\n${open.join("\n")}`;
  if (isMap(document.contents)) {
    for (const { key } of document.contents.items) {
      if (!isScalar(key)) continue;
      const comment = COMMENTS[String(key.value)];
      if (comment !== undefined) key.commentBefore = comment;
      key.spaceBefore = true;
    }
  }
  return document.toString({ lineWidth: 120 });
}
