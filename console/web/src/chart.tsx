// Charts over time, drawn by uPlot.
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { count, stamp } from "./format";
import { useWidth } from "./hooks";

/** Series is one line: values by time. */
export interface Series {
  name: string;
  points: [at: number, value: number | null][]; // milliseconds
  tone?: string; // a colour, or the name of a custom property
}

const light = ["#4653c9", "#0f8a7e", "#c9681a", "#b03a83", "#3f8a2e", "#8a5bd0", "#b8860b", "#2f7fb8", "#a6423c", "#5f6b7a"];
const dark = ["#97a2ff", "#4fd0c2", "#f0a05a", "#e884c0", "#86c975", "#c0a0f5", "#e2c04e", "#79b8f2", "#f28b82", "#a8b3c2"];

/** css reads a custom property. */
const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** colours of series, as the theme has them. */
export const colours = () => (css("--dark") ? dark : light);

const colourOf = (s: Series, i: number) => (s.tone?.startsWith("--") ? css(s.tone) : s.tone) ?? colours()[i % light.length];

/** useTheme shows again when the colours change. */
function useTheme(): number {
  const [n, set] = useState(0);
  useEffect(() => {
    const again = () => set((x) => x + 1);
    const system = matchMedia("(prefers-color-scheme: dark)");
    addEventListener("theme", again);
    system.addEventListener("change", again);
    return () => { removeEventListener("theme", again); system.removeEventListener("change", again); };
  }, []);
  return n;
}

/** joined puts series on one axis of time. */
function joined(series: Series[]): uPlot.AlignedData {
  const times = [...new Set(series.flatMap((s) => s.points.map(([t]) => t)))].sort((a, b) => a - b);
  const at = new Map(times.map((t, i) => [t, i]));
  const rows = series.map((s) => {
    const row: (number | null)[] = new Array(times.length).fill(null);
    for (const [t, v] of s.points) row[at.get(t)!] = v;
    return row;
  });
  return [times.map((t) => t / 1000), ...rows] as uPlot.AlignedData;
}

/** Chart draws series as lines or bars. level is a threshold. */
export function Chart({ series, height = 220, bars, unit = "", from, to, level, onPick, label }: {
  series: Series[]; height?: number; bars?: boolean; unit?: string; from?: number; to?: number; level?: number; onPick?: (from: number, to: number) => void; label: string;
}) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const theme = useTheme();
  const [hidden, hide] = useState<Set<string>>(new Set());
  const [tip, setTip] = useState<{ x: number; y: number; i: number } | null>(null);
  const data = joined(series);
  const plot = useRef<uPlot>();
  const picked = useRef(onPick);
  picked.current = onPick;
  useEffect(() => {
    if (!ref.current || width < 40) return;
    const dim = css("--dim"), grid = css("--grid");
    const axis = { stroke: dim, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
    const drawn = series.map((s, i): uPlot.Series => {
      const colour = colourOf(s, i);
      return {
        label: s.name, stroke: colour, width: bars ? 0 : 1.8, show: !hidden.has(s.name), spanGaps: true,
        fill: bars ? colour + "cc" : series.length === 1 ? colour + "1e" : undefined,
        points: { show: data[0].length < 40 && !bars, size: 5, fill: colour },
        paths: bars ? uPlot.paths.bars!({ size: [0.82, 40], align: 1 }) : undefined,
      };
    });
    plot.current = new uPlot({
      width, height, padding: [10, 12, 0, 0],
      scales: {
        x: { time: true, range: from && to ? [from / 1000, to / 1000] : undefined },
        y: { range: (_u, min, max) => { const top = Math.max(max ?? 0, level ?? -Infinity, 0); return [Math.min(min ?? 0, 0), top === 0 ? 1 : top * 1.1]; } },
      },
      axes: [{ ...axis, size: 30, space: 64, values: (_u, vs) => vs.map((v, i) => moment(v * 1000, i === 0 ? NaN : vs[i - 1] * 1000, vs.length > 1 ? (vs[1] - vs[0]) * 1000 : 0)) }, { ...axis, size: 56, values: (_u, vs) => vs.map((v) => short(v) + (unit ? " " + unit : "")) }],
      series: [{}, ...drawn],
      legend: { show: false },
      cursor: { drag: { x: !!onPick, y: false, setScale: false }, points: { size: 7 } },
      hooks: {
        setCursor: [(u) => setTip(u.cursor.idx === null || u.cursor.idx === undefined || u.cursor.left! < 0 ? null : { x: u.cursor.left!, y: u.cursor.top!, i: u.cursor.idx })],
        setSelect: [(u) => { if (u.select.width > 4) picked.current?.(u.posToVal(u.select.left, "x") * 1000, u.posToVal(u.select.left + u.select.width, "x") * 1000); u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false); }],
        draw: level === undefined ? [] : [(u) => {
          const y = Math.round(u.valToPos(level, "y", true)), c = u.ctx;
          c.save(); c.strokeStyle = css("--bad"); c.setLineDash([6, 5]); c.lineWidth = 1.5; c.beginPath(); c.moveTo(u.bbox.left, y); c.lineTo(u.bbox.left + u.bbox.width, y); c.stroke(); c.restore();
        }],
      },
    }, data, ref.current);
    return () => plot.current?.destroy();
  }, [width, height, theme, JSON.stringify(series), [...hidden].join(), from, to, level, bars, unit]);
  const times = data[0] as number[];
  return (
    <div class="chart">
      <div ref={ref} role="img" aria-label={`${label}: ${series.map((s) => s.name).join(", ")}`} style={{ height: `${height}px` }} />
      {tip && times[tip.i] !== undefined && (
        <div class="tip" style={{ left: `${Math.min(tip.x + 70, width - 190)}px`, top: `${Math.max(tip.y - 20, 0)}px` }}>
          <div class="dim">{stamp(times[tip.i] * 1000)}</div>
          {series.map((s, i) => { const v = data[i + 1][tip.i]; return v === null || v === undefined || hidden.has(s.name) ? null : <div key={s.name}><i style={{ background: colourOf(s, i) }} />{s.name}<b>{count(v)} {unit}</b></div>; })}
        </div>)}
      {series.length > 1 && <div class="chart-legend">{series.map((s, i) => (
        <button key={s.name} type="button" aria-pressed={!hidden.has(s.name)} onClick={() => { const h = new Set(hidden); if (!h.delete(s.name)) h.add(s.name); hide(h); }}><i style={{ background: colourOf(s, i) }} />{s.name}</button>))}</div>}
    </div>
  );
}

/** moment is a moment on the axis of time: its day where one begins. */
function moment(at: number, before: number, step: number): string {
  const full = stamp(at);
  const days = Number.isNaN(before) ? step >= 86_400_000 : full.slice(0, 10) !== stamp(before).slice(0, 10);
  return days || step >= 86_400_000 ? full.slice(5, 10) : step < 60_000 ? full.slice(11) : full.slice(11, 16);
}

/** short is a number for an axis. */
function short(v: number): string {
  const a = Math.abs(v);
  if (a >= 1e9) return `${+(v / 1e9).toFixed(1)}G`;
  if (a >= 1e6) return `${+(v / 1e6).toFixed(1)}M`;
  if (a >= 1e4) return `${+(v / 1e3).toFixed(1)}k`;
  return String(+v.toFixed(3));
}

/** Ranked shows counts by name, the largest first. */
export function Ranked({ rows }: { rows: [string, number][] }) {
  const most = Math.max(...rows.map(([, n]) => n), 0);
  return <div class="ranked">{rows.map(([name, n]) => <div key={name}><span class="mono">{name || "–"}</span><span class="track"><i style={{ width: `${most ? (100 * n) / most : 0}%` }} /></span><span class="right">{count(n)}</span></div>)}</div>;
}
