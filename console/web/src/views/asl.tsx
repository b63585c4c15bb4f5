// The drawn graph of a state machine: each container is laid out on its own and
// stands in the graph around it as one box.
import { useMemo } from "preact/hooks";
import type { Doc } from "../api";
import { Arrow, Canvas, curve, cut, layout, middle, type Arc, type Box, type Layout, type Point } from "../graph";
import { Glyph } from "../icons";
import { kindOf } from "../kinds";

const stateW = 184, stateH = 46, head = 34, pad = 14;

interface Part { name: string; state: Doc | null; w: number; h: number; inner: Scope[] }
interface Line { id: string; from: string; to: string; label: string; error: boolean }
interface Scope { parts: Part[]; lines: Line[]; at: Layout }

/** condition is a choice's rule in a few words. */
function condition(c: Doc): string {
  if (typeof c.Condition === "string") return c.Condition.replace(/^\{%\s*|\s*%\}$/g, "");
  for (const word of ["And", "Or"]) if (c[word]) return c[word].map(condition).join(word === "And" ? " and " : " or ");
  if (c.Not) return `not ${condition(c.Not)}`;
  const op = Object.keys(c).find((k) => !["Variable", "Next", "Comment", "Assign", "Output"].includes(k));
  if (!op) return "";
  const words = op.replace(/^(String|Numeric|Timestamp|Boolean)/, "").replace(/Path$/, "").replace("GreaterThanEquals", "≥").replace("LessThanEquals", "≤").replace("GreaterThan", ">").replace("LessThan", "<").replace("Equals", "=");
  return `${String(c.Variable ?? "").replace(/^\$\.?/, "")} ${words} ${typeof c[op] === "boolean" && words.startsWith("Is") ? "" : JSON.stringify(c[op])}`;
}

/** scopeOf lays a set of states out. whole adds where it begins and ends. */
function scopeOf(states: Record<string, Doc>, start: string, whole: boolean, prefix: string): Scope {
  const parts: Part[] = [], lines: Line[] = [];
  const line = (from: string, to: string, label = "", error = false) => lines.push({ id: `${prefix}${from}>${to}#${lines.length}`, from, to, label: label.length > 30 ? label.slice(0, 29) + "…" : label, error });
  if (whole) {
    parts.push({ name: "·start", state: null, w: 64, h: 30, inner: [] }, { name: "·end", state: null, w: 64, h: 30, inner: [] });
    line("·start", start);
  }
  for (const [name, s] of Object.entries(states)) {
    const processor = s.ItemProcessor ?? s.Iterator;
    const inner: Scope[] = s.Type === "Parallel" ? (s.Branches ?? []).map((b: Doc, i: number) => scopeOf(b.States ?? {}, b.StartAt, false, `${prefix}${name}/${i}/`)) : s.Type === "Map" && processor ? [scopeOf(processor.States ?? {}, processor.StartAt, false, `${prefix}${name}/`)] : [];
    const w = inner.length ? Math.max(stateW, inner.reduce((a, i) => a + i.at.width, 0) + pad * (inner.length + 1)) : stateW;
    const h = inner.length ? head + Math.max(...inner.map((i) => i.at.height)) + pad : stateH;
    parts.push({ name, state: s, w, h, inner });
    for (const c of s.Choices ?? []) line(name, c.Next, condition(c));
    if (s.Default) line(name, s.Default, "otherwise");
    if (s.Next) line(name, s.Next);
    for (const c of s.Catch ?? []) line(name, c.Next, (c.ErrorEquals ?? []).map((e: string) => e.replace(/^States\./, "")).join(", "), true);
    if (whole && (s.End || s.Type === "Succeed" || s.Type === "Fail")) line(name, "·end");
  }
  const known = new Set(parts.map((p) => p.name));
  const real = lines.filter((l) => known.has(l.from) && known.has(l.to));
  const at = layout(parts.map((p): Box => ({ id: p.name, w: p.w, h: p.h })), real.map((l): Arc => ({ id: l.id, from: l.from, to: l.to, label: l.label })), "TB", 30, 34);
  return { parts, lines: real, at };
}

/** Mark is how a state of an execution stands. */
export interface Mark { tone: "good" | "bad" | "warn" | "info" | "quiet"; count: number; note: string }

/** iconOf is the sign of what a state does. */
function iconOf(s: Doc): { icon: string; colour: string } {
  const icons: Record<string, string> = { Choice: "machine", Wait: "clock", Parallel: "menu", Map: "stack", Pass: "right", Succeed: "play", Fail: "close" };
  if (s.Type === "Task") return kindOf(String(s.Resource).replace(/^arn:aws:states:::/, "").replace(/^aws-sdk:/, ""));
  return { icon: icons[s.Type] ?? "service", colour: s.Type === "Fail" ? "--bad" : s.Type === "Succeed" ? "--good" : "--c-service" };
}

/** Graph draws a definition, coloured by how an execution stands. */
export function Graph({ definition, marks, chosen, choose }: { definition: string; marks?: Map<string, Mark>; chosen?: string; choose?: (name: string) => void }) {
  const drawn = useMemo(() => {
    try {
      const d = JSON.parse(definition);
      return scopeOf(d.States ?? {}, d.StartAt, true, "");
    } catch {
      return null;
    }
  }, [definition]);
  if (!drawn) return <p class="dim pad">The definition cannot be read as JSON.</p>;
  return (
    <div class="graph"><Canvas width={drawn.at.width} height={drawn.at.height} fitKey={definition} label="States and the ways between them" most={1.1} onBlank={() => choose?.("")}
      legend={marks && <><span class="t-good"><i />done</span><span class="t-info"><i />at work</span><span class="t-warn"><i />caught or tried again</span><span class="t-bad"><i />failed</span></>}>
      <ScopeView scope={drawn} marks={marks} chosen={chosen} choose={choose} x={0} y={0} />
    </Canvas></div>
  );
}

function ScopeView({ scope, marks, chosen, choose, x, y }: { scope: Scope; marks?: Map<string, Mark>; chosen?: string; choose?: (name: string) => void; x: number; y: number }) {
  const passed = (l: Line) => marks && (marks.get(l.from)?.count || l.from === "·start") && (marks.get(l.to)?.count || l.to === "·end");
  return (
    <g transform={`translate(${x} ${y})`}>
      {scope.lines.map((l) => {
        const points = scope.at.paths.get(l.id) as Point[], mid = middle(points);
        return <g key={l.id} class={`edge ${l.error ? "t-warn" : ""} ${marks && !passed(l) ? "faded" : ""}`}><path class="line" d={curve(points)} stroke-width={1.5} stroke-dasharray={l.error ? "5 4" : undefined} /><Arrow points={points} />{l.label && <text x={mid.x} y={mid.y + 4}>{l.label}</text>}</g>;
      })}
      {scope.parts.map((p) => {
        const at = scope.at.at.get(p.name)!;
        if (!p.state) return <g key={p.name} class="node" transform={`translate(${at.x} ${at.y})`}><rect class="box" width={p.w} height={p.h} rx={15} style={{ fill: "var(--sunk)" }} /><text class="minor" x={p.w / 2} y={19} text-anchor="middle">{p.name === "·start" ? "Start" : "End"}</text></g>;
        const mark = marks?.get(p.name), sign = iconOf(p.state);
        const inside = (
          <>
            <title>{p.name}{p.state.Comment ? `: ${p.state.Comment}` : ""}</title>
            <rect class="box" width={p.w} height={p.h} rx={9} stroke-dasharray={p.inner.length ? "5 4" : undefined}
              style={mark ? { stroke: "var(--tone)", strokeWidth: 2, fill: p.inner.length ? "color-mix(in srgb, var(--tone) 4%, var(--panel))" : "color-mix(in srgb, var(--tone) 12%, var(--raised))" } : p.inner.length ? { fill: "color-mix(in srgb, var(--sunk) 60%, transparent)" } : undefined} />
            <g class="glyph"><Glyph name={sign.icon} x={11} y={p.inner.length ? 9 : 13} size={19} /></g>
            <text x={39} y={p.inner.length ? 23 : 20}>{cut(p.name, p.w - 52)}</text>
            {!p.inner.length && <text class="minor" x={39} y={36}>{cut(mark?.note || about(p.state), p.w - 50, 11.5, 450)}</text>}
            {p.inner.length > 0 && mark?.note && <text class="minor" x={p.w - 12} y={23} text-anchor="end">{mark.note}</text>}
          </>);
        let left = pad;
        return (
          <g key={p.name} transform={`translate(${at.x} ${at.y})`}>
            <g class={`node ${mark ? "t-" + mark.tone : ""} ${chosen === p.name ? "chosen" : ""} ${marks && !mark ? "faded" : ""}`} style={{ "--kind": `var(${sign.colour})` }} tabindex={0} role="button" data-state={p.name}
              aria-label={`${p.state.Type} ${p.name}${mark ? `, ${{ good: "done", info: "at work", warn: "caught", bad: "failed", quiet: "" }[mark.tone]}` : ""}`}
              onClick={() => choose?.(p.name)} onKeyDown={(e) => { if (e.key === "Enter") choose?.(p.name); }}>{inside}</g>
            {p.inner.map((s, i) => { const x0 = left; left += s.at.width + pad; return <ScopeView key={i} scope={s} marks={marks} chosen={chosen} choose={choose} x={x0} y={head} />; })}
          </g>);
      })}
    </g>
  );
}

/** about says what a state does. */
function about(s: Doc): string {
  if (s.Type === "Task") return String(s.Resource).replace(/^arn:aws:states:::/, "").replace(/^arn:aws:lambda:.*:function:/, "lambda ").replace(/^aws-sdk:/, "");
  if (s.Type === "Wait") return s.Seconds !== undefined ? `${s.Seconds} s` : s.Timestamp ?? s.SecondsPath ?? s.TimestampPath ?? "";
  if (s.Type === "Fail") return s.Error ?? "";
  return s.Type;
}
