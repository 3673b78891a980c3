"""How the evaluation's HTML page looks, on a screen and on paper."""

CSS = """
:root { color-scheme: light; --ink: #1c2430; --soft: #5c6878; --line: #dde3ea; --wash: #f6f8fa;
  --good: #17693a; --good-wash: #e3f4e9; --bad: #a3211b; --bad-wash: #fde8e6; --open: #7a5300; --open-wash: #fff2d6; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.5rem; }
h1 { margin: 0 0 1rem; font-size: 1.7rem; line-height: 1.25; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.15rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0 0 1.25rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; }
.conclusion { margin: 0; padding: .75rem 1rem; border-left: 4px solid; border-radius: 4px; font-weight: 600; }
.conclusion.met { color: var(--good); background: var(--good-wash); }
.conclusion.unshown { color: var(--open); background: var(--open-wash); }
.conclusion.missed { color: var(--bad); background: var(--bad-wash); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .45rem .8rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--soft); background: var(--wash); font-size: .8rem; font-weight: 600; }
tbody th, tr > th[scope=row] { font-weight: 500; }
td.n, th.n { text-align: right; }
.measures td { white-space: nowrap; }
td.same { background: var(--good-wash); font-weight: 600; }
small { display: block; color: var(--soft); font-size: .8rem; font-weight: 400; }
.measures, .tickets table { width: 100%; }
.measures th small { max-width: 34rem; }
.note { color: var(--soft); font-size: .85rem; }
.badge { padding: .1rem .6rem; border-radius: 1rem; font-size: .8rem; font-weight: 600; white-space: nowrap; }
.badge.met { color: var(--good); background: var(--good-wash); }
.badge.missed { color: var(--bad); background: var(--bad-wash); }
.badge.unshown { color: var(--open); background: var(--open-wash); }
.count { color: var(--soft); font-weight: 400; }
svg { display: block; }
svg .axis { stroke: var(--line); stroke-width: 2; }
svg .range { fill: #a9bdd6; }
svg .bound { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 3 2; }
svg circle { fill: #22446e; }
.tickets table { table-layout: fixed; font-size: .88rem; }
.tickets th:nth-child(1) { width: 13%; }
.tickets th:nth-child(2), .tickets th:nth-child(5) { width: 29%; }
.tickets td { overflow-wrap: anywhere; }
.tickets p { margin: 0 0 .4rem; }
.subject { font-weight: 600; }
.earlier { padding-left: .6rem; border-left: 2px solid var(--line); color: var(--soft); white-space: pre-wrap; }
.said { white-space: pre-wrap; }
code { display: block; font-size: .8rem; }
@media (max-width: 50rem) { section { overflow-x: auto; } .measures, .tickets table { min-width: 55rem; } }
@media print {
  body { font-size: 10pt; }
  header, main { max-width: none; padding: 0; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
