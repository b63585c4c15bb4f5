// The service map: who calls whom, how often, how fast and how well, from the
// traces of real traffic.
import { useState } from "preact/hooks";
import { aws, now, type Doc } from "../api";
import { Ranked } from "../chart";
import { clock, count, percent, toMillis } from "../format";
import { useLoad } from "../hooks";
import { kindOf, KindIcon, viewOf } from "../kinds";
import { href, route, setQuery } from "../router";
import { Badge, Button, Card, Empty, Facts, Link, Page, Show, Table } from "../ui";
import { LogLines, recentLogs } from "./loglines";
import { gathered, latency, rate, read, statsOf, titleOf, type Edge, type Graph, type Node } from "./mapdata";
import { Drawing } from "./mapdraw";
import { TraceTable } from "./traces";

const windows: [string, string][] = [["300", "5 min"], ["900", "15 min"], ["3600", "1 h"], ["21600", "6 h"]];

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
    return { graph: read(graph.Services ?? []), line: (line.TimeSeriesServiceStatistics ?? []) as Doc[], from, to, end };
  }, [seconds, moment], moment ? 0 : 5000);

  return (
    <Page title="Map" icon="map" wide actions={<>
      {!moment && <span class="live">live</span>}
      <div class="bar" role="group" aria-label="How far back">{windows.map(([v, name]) => <button key={v} type="button" aria-pressed={String(seconds) === v} onClick={() => setQuery({ window: v, at: "" })}>{name}</button>)}</div>
    </>}>
      <Show of={loaded}>{(d) => d.graph.nodes.length === 0 && !moment ? <Quiet /> : <>
        <Drawn graph={d.graph} chosen={chosen} from={d.from} to={d.to} />
        <Timeline line={d.line} end={d.end} seconds={seconds} period={period} moment={moment} />
        <Services graph={d.graph} seconds={d.to - d.from} />
      </>}</Show>
    </Page>
  );
}

/** crowd is from how many nodes on a map is folded if nobody says otherwise. */
const crowd = () => (innerWidth < 700 ? 16 : 80);

/** Drawn is the map with what was chosen of it. */
function Drawn({ graph, chosen, from, to }: { graph: Graph; chosen: string; from: number; to: number }) {
  const fold = route.value.query.get("fold"), folding = fold ? fold === "1" : graph.nodes.length > crowd();
  const less = gathered(graph, chosen), foldable = less.nodes.length < graph.nodes.length;
  const shown = folding ? less : graph;
  return (
    <div class={`map-view ${chosen ? "open" : ""}`}>
      <Drawing graph={shown} seconds={to - from} chosen={chosen} folding={folding} fold={foldable ? () => setQuery({ fold: folding ? "0" : "1" }) : undefined} />
      {chosen && <Panel graph={shown} chosen={chosen} from={from} to={to} />}
    </div>
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

/** quoted is a name within a filter expression. */
const quoted = (s: string) => `"${s.replace(/(["\\])/g, "\\$1")}"`;
const idOf = (n: Node) => `id(name: ${quoted(n.name)}${n.type ? `, type: ${quoted(n.type)}` : ""})`;

/** Panel tells of what was chosen: its figures, traces and log lines. */
function Panel({ graph: { nodes, edges }, chosen, from, to }: { graph: Graph; chosen: string; from: number; to: number }) {
  const node = nodes.find((n) => n.id === chosen), edge = edges.find((e) => e.id === chosen);
  const ends = edge && [nodes.find((n) => n.id === edge.from)!, nodes.find((n) => n.id === edge.to)!];
  const filter = node ? (node.members ?? [node]).slice(0, 12).map((n) => `service(${idOf(n)})`).join(" OR ") : ends ? `edge(${idOf(ends[0])}, ${idOf(ends[1])})` : "";
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
  const logs = useLoad((signal) => recentLogs(subject?.members ? "" : subject?.type ?? "", subject?.name ?? "", from * 1000, to * 1000, signal), [subject?.id, Math.floor(to / 5)]);
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
            {view && !subject.members && <Link to={view} class="button">{kind.name}</Link>}
            <a class="button" href={href(["traces"], { filter })}>Traces</a>
          </div>
        </div>
      </Card>
      {node && <Connections node={node} edges={edges} nodes={nodes} seconds={to - from} />}
      <Card flush title="Traces" actions={bad ? <label class="check"><input type="checkbox" checked={only} onChange={(e) => setOnly(e.currentTarget.checked)} />failed only</label> : undefined}>
        <Show of={traces} rows={3}>{(t) => <TraceTable list={t.list} failed={t.failed} brief />}</Show>
      </Card>
      {logs.data !== null && <Card flush title="Log lines" actions={logs.data && <Link to={["logs", logs.data.group]}>All</Link>}>
        <Show of={logs} rows={3}>{(l) => l && (l.lines.length ? <LogLines lines={l.lines.slice(-14)} /> : <p class="dim pad">None in this time.</p>)}</Show>
      </Card>}
    </aside>
  );
}

/** Services lists the nodes: what the map shows, to be read in order. */
function Services({ graph: { nodes }, seconds }: { graph: Graph; seconds: number }) {
  const failed = (n: Node) => n.stats.fault + n.stats.error;
  const rows = nodes.filter((n) => n.type !== "client").sort((a, b) => failed(b) - failed(a) || b.stats.total - a.stats.total);
  const at = (n: Node): [string[], Record<string, string>] => [["map"], { ...Object.fromEntries(route.value.query), edge: "", node: n.id }];
  return <Card flush title="Services"><Table rows={rows} keyOf={(n) => n.id} to={at} columns={[
    { head: "Service", cell: (n) => <span class="kind"><KindIcon type={n.type} size={16} />{titleOf(n)}</span>, sort: titleOf },
    { head: "Rate", cell: (n) => rate(n.stats.total, seconds), sort: (n) => n.stats.total, right: true },
    { head: "On average", cell: (n) => latency(n.stats), sort: (n) => n.stats.time / Math.max(n.stats.total, 1), right: true },
    { head: "Faults", cell: (n) => (n.stats.fault ? <Badge tone="bad">{percent(n.stats.fault, n.stats.total)}</Badge> : "none"), sort: (n) => n.stats.fault, right: true, wide: true },
    { head: "Errors", cell: (n) => (n.stats.error ? <Badge tone="warn">{percent(n.stats.error, n.stats.total)}</Badge> : "none"), sort: (n) => n.stats.error, right: true, wide: true }]} /></Card>;
}

/** Connections lists what a node is called by and calls, or what a group is made of. */
function Connections({ node, nodes, edges, seconds }: { node: Node; nodes: Node[]; edges: Edge[]; seconds: number }) {
  const line = (id: string, title: string, type: string, s: Node["stats"], change: Record<string, string>) => (
    <a key={id} class="connection" href={href(["map"], { ...Object.fromEntries(route.value.query), node: "", edge: "", ...change })}>
      <KindIcon type={type} size={15} /><span class="grow">{title}</span><span class="dim">{rate(s.total, seconds)} · {latency(s)}</span>
      {s.fault + s.error > 0 && <Badge tone={s.fault ? "bad" : "warn"}>{percent(s.fault + s.error, s.total)}</Badge>}
    </a>);
  const way = (e: Edge, other: string) => { const n = nodes.find((x) => x.id === other); return n && line(e.id, titleOf(n), n.type, e.stats, { edge: e.id }); };
  const into = edges.filter((e) => e.to === node.id), out = edges.filter((e) => e.from === node.id);
  return <>
    {node.members && <Card flush title="These">{node.members.map((m) => line(m.id, titleOf(m), m.type, m.stats, { node: m.id }))}</Card>}
    {into.length > 0 && <Card flush title="Called by">{into.map((e) => way(e, e.from))}</Card>}
    {out.length > 0 && <Card flush title="Calls">{out.map((e) => way(e, e.to))}</Card>}
  </>;
}

/** Times shows how long answers took, in a few steps. */
function Times({ histogram }: { histogram: Doc[] }) {
  const steps: [number, string][] = [[0.005, "≤ 5 ms"], [0.02, "≤ 20 ms"], [0.1, "≤ 100 ms"], [0.5, "≤ 500 ms"], [2, "≤ 2 s"], [Infinity, "longer"]];
  const rows = steps.map(([, name]) => [name, 0] as [string, number]);
  for (const h of histogram) rows[steps.findIndex(([top]) => h.Value <= top)][1] += h.Count;
  const last = rows.findLastIndex(([, n]) => n > 0), first = rows.findIndex(([, n]) => n > 0);
  return last < 0 ? null : <Ranked rows={rows.slice(Math.min(first, last), last + 1)} />;
}
