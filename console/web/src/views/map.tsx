// The service map: who calls whom, how often, how fast and how well, from the
// traces of real traffic.
import { useMemo, useState } from "preact/hooks";
import { aws, now, type Doc } from "../api";
import { Ranked } from "../chart";
import { clock, count, percent, shortName, span, toMillis } from "../format";
import { across, Arrow, Canvas, curve, cut, middle, type Arc, type Box } from "../graph";
import { useLoad } from "../hooks";
import { Glyph } from "../icons";
import { kindOf, KindIcon, viewOf } from "../kinds";
import { href, route, setQuery } from "../router";
import { Badge, Button, Card, Empty, Facts, Link, Page, Show } from "../ui";
import { LogLines, recentLogs } from "./loglines";
import { TraceTable } from "./traces";

interface Stats { total: number; ok: number; error: number; throttle: number; fault: number; time: number }
interface Node { id: string; name: string; type: string; ref: number; stats: Stats; histogram: Doc[] }
interface Edge { id: string; from: string; to: string; stats: Stats; histogram: Doc[]; async: boolean }

const windows: [string, string][] = [["300", "5 min"], ["900", "15 min"], ["3600", "1 h"], ["21600", "6 h"]];

function statsOf(s: Doc): Stats {
  const error = s?.ErrorStatistics?.TotalCount ?? 0, throttle = s?.ErrorStatistics?.ThrottleCount ?? 0;
  return { total: s?.TotalCount ?? 0, ok: s?.OkCount ?? 0, error, throttle, fault: s?.FaultStatistics?.TotalCount ?? 0, time: s?.TotalResponseTime ?? 0 };
}

/** toneOf is the colour of health. */
function toneOf(s: Stats): "good" | "warn" | "bad" | "quiet" {
  if (!s.total) return "quiet";
  if (s.fault / s.total > 0) return s.fault / s.total >= 0.01 ? "bad" : "warn";
  return s.error / s.total >= 0.01 ? "warn" : "good";
}

const rate = (n: number, seconds: number) => {
  const perMinute = (60 * n) / seconds;
  return perMinute >= 600 ? `${count(Math.round(perMinute / 60))}/s` : `${perMinute >= 10 ? count(Math.round(perMinute)) : perMinute.toFixed(1)}/min`;
};
const latency = (s: Stats) => (s.total ? span((1000 * s.time) / s.total) : "–");

/** read makes nodes and edges of a service graph. */
function read(services: Doc[]): { nodes: Node[]; edges: Edge[] } {
  const nodes: Node[] = [], edges: Edge[] = [];
  const byRef = new Map<number, string>();
  for (const s of services) {
    if (String(s.Name).includes("maru-console-watch-")) continue; // this page itself, watching a bus
    const id = `${s.Type ?? ""}|${s.Name}`;
    byRef.set(s.ReferenceId, id);
    if (nodes.some((n) => n.id === id)) continue;
    nodes.push({ id, name: s.Name ?? "", type: s.Type ?? "", ref: s.ReferenceId, stats: statsOf(s.SummaryStatistics), histogram: s.ResponseTimeHistogram ?? [] });
  }
  for (const s of services) for (const e of s.Edges ?? []) {
    const to = byRef.get(e.ReferenceId);
    const from = byRef.get(s.ReferenceId);
    if (to === undefined || from === undefined) continue;
    edges.push({ id: `${from}→${to}`, from, to, stats: statsOf(e.SummaryStatistics), histogram: e.ResponseTimeHistogram ?? [], async: e.EdgeType === "link" });
  }
  return folded(nodes, edges);
}

/** folded makes one node of a function and of the service that ran it, which X-Ray tells apart. */
function folded(nodes: Node[], edges: Edge[]): { nodes: Node[]; edges: Edge[] } {
  const into = new Map<string, string>();
  for (const n of nodes) {
    const own = `AWS::Lambda::Function|${n.name}`;
    if (n.type === "AWS::Lambda" && nodes.some((m) => m.id === own)) into.set(n.id, own);
  }
  // Each entry has clients of its own there; here they are one.
  const clients = nodes.filter((n) => n.type === "client");
  for (const n of clients.slice(1)) into.set(n.id, clients[0].id);
  const to = (id: string) => into.get(id) ?? id;
  const all = new Map<string, Edge>();
  for (const e of edges) {
    const from = to(e.from), end = to(e.to);
    if (from === end && e.from !== e.to) continue;
    const id = `${from}→${end}`, old = all.get(id);
    if (!old) all.set(id, { ...e, id, from, to: end });
    else for (const k of Object.keys(old.stats) as (keyof Stats)[]) old.stats[k] += e.stats[k];
  }
  return { nodes: nodes.filter((n) => !into.has(n.id)), edges: [...all.values()] };
}

/** titleOf is what a node is called: without the random tails of names that CloudFormation made. */
const titleOf = (n: Node) => (n.type === "client" ? "Clients" : shortName(n.name.replace(/^arn:.*[:/]/, "")));

/** brief leaves out of titles the stack's name where many begin with it and nothing becomes ambiguous. */
function brief(nodes: Node[]): Map<string, string> {
  const titles = new Map(nodes.map((n) => [n.id, titleOf(n)]));
  const stacks = new Map<string, number>();
  const stackOf = (t: string) => /^([A-Za-z][\w]*-)[A-Za-z]/.exec(t)?.[1] ?? "";
  for (const t of titles.values()) stacks.set(stackOf(t), (stacks.get(stackOf(t)) ?? 0) + 1);
  const short = (n: Node, t: string) => ((stacks.get(stackOf(t)) ?? 0) >= 3 ? t.slice(stackOf(t).length) : t) + "|" + kindOf(n.type).name;
  const uses = new Map<string, number>();
  for (const n of nodes) { const s = short(n, titles.get(n.id)!); uses.set(s, (uses.get(s) ?? 0) + 1); }
  for (const n of nodes) { const s = short(n, titles.get(n.id)!); if (uses.get(s) === 1) titles.set(n.id, s.split("|")[0]); }
  return titles;
}

export function ServiceMap() {
  const q = route.value.query;
  const seconds = Number(q.get("window") ?? 900);
  const period = seconds > 3600 ? 300 : 60;
  const moment = Number(q.get("at") ?? 0); // seconds; zero is the whole window, as it goes on
  const chosen = q.get("node") ?? q.get("edge") ?? "";
  const loaded = useLoad(async (signal) => {
    const end = Math.floor(now() / 1000) + 1;
    const from = moment || end - seconds, to = moment ? moment + period : end;
    const [graph, line] = await Promise.all([
      aws("xray", "GetServiceGraph", { StartTime: from, EndTime: to }, signal),
      aws("xray", "GetTimeSeriesServiceStatistics", { StartTime: end - seconds, EndTime: end, Period: period }, signal).catch(() => ({})),
    ]);
    return { ...read(graph.Services ?? []), line: (line.TimeSeriesServiceStatistics ?? []) as Doc[], from, to, end };
  }, [seconds, moment], moment ? 0 : 5000);

  return (
    <Page title="Map" icon="map" wide actions={<>
      {!moment && <span class="live">live</span>}
      <div class="bar" role="group" aria-label="How far back">{windows.map(([v, name]) => <button key={v} type="button" aria-pressed={String(seconds) === v} onClick={() => setQuery({ window: v, at: "" })}>{name}</button>)}</div>
    </>}>
      <Show of={loaded}>{(d) => d.nodes.length === 0 && !moment ? <Quiet /> : <>
        <div class={`map-view ${chosen ? "open" : ""}`}>
          <Drawing nodes={d.nodes} edges={d.edges} seconds={d.to - d.from} chosen={chosen} />
          {chosen && <Panel nodes={d.nodes} edges={d.edges} chosen={chosen} from={d.from} to={d.to} />}
        </div>
        <Timeline line={d.line} end={d.end} seconds={seconds} period={period} moment={moment} />
      </>}</Show>
    </Page>
  );
}

function Quiet() {
  return (
    <Card><Empty icon="map" title="No traffic in this time">
      <p>The map draws itself from traces as soon as something calls something.</p>
      <p>Try an <Link to={["apis"]}>API</Link>, invoke a <Link to={["functions"]}>function</Link>, or choose a longer time above.</p>
    </Empty></Card>
  );
}

/** Timeline shows the window's requests, and moves the map to one of its moments. */
function Timeline({ line, end, seconds, period, moment }: { line: Doc[]; end: number; seconds: number; period: number; moment: number }) {
  const n = seconds / period, first = Math.floor((end - seconds) / period) * period + period;
  const bins = Array.from({ length: n }, (_, i) => ({ at: first + i * period, total: 0, fault: 0 }));
  for (const p of line) {
    const bin = bins[Math.round((toMillis(p.Timestamp) / 1000 - first) / period)];
    const s = statsOf(p.ServiceSummaryStatistics ?? p.EdgeSummaryStatistics);
    if (bin) { bin.total += s.total; bin.fault += s.fault + s.error; }
  }
  const most = Math.max(...bins.map((b) => b.total), 1);
  const at = moment ? Math.max(0, Math.min(n - 1, Math.round((moment - first) / period))) : n;
  const set = (i: number) => setQuery({ at: i >= n ? "" : bins[i].at });
  return (
    <Card>
      <div class="slider">
        <span class="dim nowrap small">{clock((end - seconds) * 1000).slice(0, 5)}</span>
        <div class="grow">
          <div class="histo" role="presentation">{bins.map((b, i) => (
            <button key={b.at} type="button" tabIndex={-1} aria-pressed={i === at} title={`${clock(b.at * 1000).slice(0, 5)}: ${b.total} requests, ${b.fault} failed`} onClick={() => set(i)}>
              <span class="f" style={{ height: `${(100 * b.fault) / most}%` }} /><span style={{ height: `${(100 * (b.total - b.fault)) / most}%` }} />
            </button>))}</div>
          <input type="range" style={{ width: "100%" }} min={0} max={n} step={1} value={at} aria-label="Moment that the map shows" aria-valuetext={at >= n ? "the whole time, live" : clock(bins[at].at * 1000)} onInput={(e) => set(Number(e.currentTarget.value))} />
        </div>
        <span class="small nowrap">{moment ? <Button kind="quiet" icon="play" onClick={() => setQuery({ at: "" })}>{clock(moment * 1000).slice(0, 5)} · back to live</Button> : <span class="dim">now</span>}</span>
      </div>
    </Card>
  );
}

/** Drawing is the graph itself. With many nodes each is drawn smaller. */
function Drawing({ nodes, edges, seconds, chosen }: { nodes: Node[]; edges: Edge[]; seconds: number; chosen: string }) {
  const small = nodes.length > 16;
  const titles = brief(nodes);
  const w = small ? 148 : 200, h = small ? 36 : 58;
  const key = nodes.map((n) => n.id).sort().join() + edges.map((e) => e.id).sort().join();
  const placed = useMemo(() => {
    const boxes: Box[] = nodes.map((n) => ({ id: n.id, w, h })).sort((a, b) => (a.id < b.id ? -1 : 1));
    const arcs: Arc[] = edges.map((e) => ({ id: e.id, from: e.from, to: e.to, label: small ? undefined : "00.0/min\n000 ms" }));
    return across(boxes, arcs, Math.max(innerWidth - 280, 320), Math.max(innerHeight - 240, innerWidth < 700 ? 2000 : 320), small ? 12 : 22, small ? 46 : 26);
  }, [key]);
  const near = new Set<string>();
  if (chosen) for (const e of edges) if (e.id === chosen || e.from === chosen || e.to === chosen) { near.add(e.from); near.add(e.to); near.add(e.id); }
  if (chosen) near.add(chosen);
  const spot = placed.at.get(chosen) ?? placed.at.get(edges.find((e) => e.id === chosen)?.to ?? "");
  const focus = spot && { x: spot.x + w / 2, y: spot.y + h / 2 };
  const most = Math.max(...edges.map((e) => e.stats.total), 1);
  const keyed = (change: Record<string, string>) => (e: KeyboardEvent) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); setQuery(change); } };
  return (
    <Canvas width={placed.width} height={placed.height} fitKey={key} label={`Service map of ${nodes.length} services and ${edges.length} connections`} least={innerWidth < 700 ? 0.6 : 0.28} focus={focus} onBlank={() => setQuery({ node: "", edge: "" })}
      legend={<><span class="t-good"><i />healthy</span><span class="t-warn"><i />errors (4xx)</span><span class="t-bad"><i />faults (5xx)</span></>}>
      {edges.map((e) => {
        const points = placed.paths.get(e.id);
        if (!points) return null;
        const tone = toneOf(e.stats), mid = middle(points);
        const choose = { edge: e.id, node: "" };
        return (
          <g key={e.id} class={`edge t-${tone === "good" ? "quiet" : tone} ${chosen === e.id ? "chosen" : ""} ${chosen && !near.has(e.id) ? "faded" : ""}`} tabIndex={0} role="button"
            aria-label={`From ${e.from.split("|")[1]} to ${e.to.split("|")[1]}: ${e.stats.total} requests, ${e.stats.fault} faults, ${e.stats.error} errors, ${latency(e.stats)} on average`}
            onClick={() => setQuery(choose)} onKeyDown={keyed(choose)}>
            <path class="line" d={curve(points)} stroke-width={1.4 + 2.6 * Math.sqrt(e.stats.total / most)} stroke-dasharray={e.async ? "6 5" : undefined} /><Arrow points={points} /><path class="hit" d={curve(points)} />
            {(!small || near.has(e.id)) && <text x={mid.x} y={mid.y - 2}>{rate(e.stats.total, seconds)}<tspan x={mid.x} dy={13}>{e.stats.fault + e.stats.error > 0 ? <tspan class="bad">{percent(e.stats.fault + e.stats.error, e.stats.total)} failed</tspan> : latency(e.stats)}</tspan></text>}
          </g>);
      })}
      {nodes.map((n) => {
        const p = placed.at.get(n.id);
        if (!p) return null;
        const kind = kindOf(n.type || "service"), tone = toneOf(n.stats), failed = n.stats.fault + n.stats.error;
        const choose = { node: n.id, edge: "" };
        const tile = small ? 36 : 46;
        return (
          <g key={n.id} class={`node t-${tone} ${chosen === n.id ? "chosen" : ""} ${chosen && !near.has(n.id) ? "faded" : ""}`} transform={`translate(${p.x} ${p.y})`} tabIndex={0} role="button" data-node={n.name}
            style={{ "--kind": `var(${kind.colour})` }} onClick={() => setQuery(choose)} onKeyDown={keyed(choose)}
            aria-label={`${kind.name} ${titleOf(n)}: ${n.stats.total} requests, ${n.stats.fault} faults, ${n.stats.error} errors, ${latency(n.stats)} on average`}>
            <title>{n.name}</title>
            <rect class="box" width={w} height={h} rx={10} style={tone === "bad" || tone === "warn" ? { stroke: "var(--tone)" } : undefined} />
            <rect class="tile" x={small ? 4 : 6} y={small ? 4 : 6} width={tile - 8} height={h - (small ? 8 : 12)} rx={7} />
            <g class="glyph"><Glyph name={kind.icon} x={(small ? 4 : 6) + (tile - 8 - (small ? 18 : 22)) / 2} y={h / 2 - (small ? 9 : 11)} size={small ? 18 : 22} /></g>
            <circle cx={w - 12} cy={small ? h / 2 : 14} r={4} style={{ fill: "var(--tone)" }} />
            <text x={tile + 6} y={small ? h / 2 + 4.5 : 25} style={small ? { fontSize: "12px" } : undefined}>{cut(titles.get(n.id)!, w - tile - 26, small ? 12 : 13)}</text>
            {!small && <text class={`minor ${failed ? "bad" : ""}`} x={tile + 6} y={43}>{failed ? `${percent(failed, n.stats.total)} failed` : n.type === "client" ? rate(edges.reduce((sum, e) => sum + (e.from === n.id ? e.stats.total : 0), 0), seconds) : `${rate(n.stats.total, seconds)} · ${latency(n.stats)}`}</text>}
          </g>);
      })}
    </Canvas>
  );
}

/** quoted is a name within a filter expression. */
const quoted = (s: string) => `"${s.replace(/(["\\])/g, "\\$1")}"`;
const idOf = (n: Node) => `id(name: ${quoted(n.name)}${n.type ? `, type: ${quoted(n.type)}` : ""})`;

/** Panel tells of what was chosen: its figures, traces and log lines. */
function Panel({ nodes, edges, chosen, from, to }: { nodes: Node[]; edges: Edge[]; chosen: string; from: number; to: number }) {
  const node = nodes.find((n) => n.id === chosen), edge = edges.find((e) => e.id === chosen);
  const ends = edge && [nodes.find((n) => n.id === edge.from)!, nodes.find((n) => n.id === edge.to)!];
  const filter = node ? `service(${idOf(node)})` : ends ? `edge(${idOf(ends[0])}, ${idOf(ends[1])})` : "";
  const subject = node ?? ends?.[1];
  const [only, setOnly] = useState(false);
  const s = (node ?? edge)?.stats;
  const bad = s !== undefined && s.fault + s.error > 0;
  const traces = useLoad(async (signal) => {
    if (!filter) return { list: [] as Doc[], failed: new Set<string>() };
    const ask = async (more: string) => ((await aws("xray", "GetTraceSummaries", { StartTime: from, EndTime: to, TimeRangeType: "Event", FilterExpression: filter + more }, signal)).TraceSummaries ?? []) as Doc[];
    const failed = bad ? await ask(" { fault = true OR error = true }") : [], ids = new Set(failed.map((t) => t.Id as string));
    const newest = (a: Doc, b: Doc) => toMillis(b.StartTime) - toMillis(a.StartTime);
    const rest = only && bad ? [] : (await ask("")).filter((t) => !ids.has(t.Id));
    return { list: [...failed.sort(newest), ...rest.sort(newest)].slice(0, 8), failed: ids };
  }, [filter, only, bad, from === to, Math.floor(to / 5)]);
  const logs = useLoad((signal) => recentLogs(subject?.type ?? "", subject?.name ?? "", from * 1000, to * 1000, signal), [subject?.id, Math.floor(to / 5)]);
  if (!subject || !s) return <Card title="Not in this time"><p class="dim">What was chosen had no traffic at the moment that the map shows.</p></Card>;
  const view = viewOf(subject.type, subject.name), kind = kindOf(subject.type);
  return (
    <aside class="stacked" aria-label="What was chosen">
      <Card title={<span class="kind"><KindIcon type={subject.type} />{edge ? `${titleOf(ends![0])} → ${titleOf(ends![1])}` : titleOf(subject)}</span>} actions={<Button kind="quiet" icon="close" label="Close" onClick={() => setQuery({ node: "", edge: "" })} />}>
        <div class="stacked">
          <Facts of={[
            ["Requests", count(s.total)], ["On average", latency(s)],
            ["Faults", s.fault ? <Badge tone="bad">{count(s.fault)} · {percent(s.fault, s.total)}</Badge> : "none"],
            ["Errors", s.error ? <Badge tone="warn">{count(s.error)} · {percent(s.error, s.total)}</Badge> : "none"],
          ]} />
          <Times histogram={(node ?? edge)!.histogram} />
          <div class="row">
            {view && <Link to={view} class="button">{kind.name}</Link>}
            <a class="button" href={href(["traces"], { filter })}>Traces</a>
          </div>
        </div>
      </Card>
      <Card flush title="Traces" actions={bad ? <label class="check"><input type="checkbox" checked={only} onChange={(e) => setOnly(e.currentTarget.checked)} />failed only</label> : undefined}>
        <Show of={traces} rows={3}>{(t) => <TraceTable list={t.list} failed={t.failed} brief />}</Show>
      </Card>
      {logs.data !== null && <Card flush title="Log lines" actions={logs.data && <Link to={["logs", logs.data.group]}>All</Link>}>
        <Show of={logs} rows={3}>{(l) => l && (l.lines.length ? <LogLines lines={l.lines.slice(-14)} /> : <p class="dim pad">None in this time.</p>)}</Show>
      </Card>}
    </aside>
  );
}

/** Times shows how long answers took, in a few steps. */
function Times({ histogram }: { histogram: Doc[] }) {
  const steps: [number, string][] = [[0.005, "≤ 5 ms"], [0.02, "≤ 20 ms"], [0.1, "≤ 100 ms"], [0.5, "≤ 500 ms"], [2, "≤ 2 s"], [Infinity, "longer"]];
  const rows = steps.map(([, name]) => [name, 0] as [string, number]);
  for (const h of histogram) rows[steps.findIndex(([top]) => h.Value <= top)][1] += h.Count;
  const last = rows.findLastIndex(([, n]) => n > 0), first = rows.findIndex(([, n]) => n > 0);
  return last < 0 ? null : <Ranked rows={rows.slice(Math.min(first, last), last + 1)} />;
}
