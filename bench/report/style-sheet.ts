/** Light and dark by the reader's setting. */
export const STYLE_SHEET = `
:root { color-scheme: light dark; --ground: #fbfbf9; --ink: #1d2327; --soft: #667079; --line: #dfe2e0; --card: #ffffff; --good: #1c7c4a; --bad: #b23b3b; --even: #7a6a1f; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181b; --ink: #e4e8ea; --soft: #98a3ab; --line: #2c343a; --card: #1a1f23; --good: #5fce93; --bad: #f08a80; --even: #d8c25a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1400px; margin: 0 auto; padding: 32px clamp(10px, 2vw, 28px) 64px; }
h1 { font-size: 26px; margin: 0 0 8px; } h2 { font-size: 21px; margin: 0 0 4px; } h3 { font-size: 15px; margin: 28px 0 6px; }
h2 small, th small { color: var(--soft); font-weight: 400; margin-left: 6px; font-size: 12px; }
section > p:not(.facts) { max-width: 90ch; } .lead, .notes { color: var(--soft); max-width: 75ch; }
section { margin-top: 32px; padding: clamp(14px, 2vw, 28px); background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
figure { margin: 24px 0 8px; overflow-x: auto; } figcaption { color: var(--soft); font-size: 13px; margin-bottom: 8px; } figure svg { max-width: 100%; min-width: 560px; height: auto; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; margin: 0 0 4px; font-size: 13px; } .legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: 3px; }
.scroll { overflow-x: auto; } .scroll:focus-visible { outline: 2px solid #0b84d8; outline-offset: 2px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; min-width: 60%; }
th, td { text-align: right; padding: 5px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; } thead th { color: var(--soft); font-weight: 500; vertical-align: bottom; white-space: normal; overflow-wrap: break-word; }
th:first-child { text-align: left; font-weight: 500; white-space: normal; min-width: 13ch; max-width: 34ch; overflow-wrap: break-word; position: sticky; left: 0; background: var(--card); }
td small { color: var(--soft); display: block; font-size: 11px; }
@media (max-width: 600px) { th:first-child { max-width: 16ch; min-width: 9ch; overflow-wrap: anywhere; } }
tbody th small { display: block; margin-left: 0; }
tr.router > * { background: color-mix(in srgb, #0b84d8 10%, var(--card)); } tr.router th { font-weight: 700; }
.tag { padding: 1px 8px; border-radius: 999px; font-size: 12px; border: 1px solid currentColor; } .tag.better { color: var(--good); } .tag.worse { color: var(--bad); } .tag.not-distinguishable { color: var(--even); }
.facts { display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 13px; color: var(--soft); } .facts b { color: var(--ink); font-weight: 500; }
footer { margin-top: 32px; }
details summary { cursor: pointer; margin: 24px 0 8px; }
`;
