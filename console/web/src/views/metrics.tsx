// Metrics: explored by namespace, and put together on dashboards.
import { useState } from "preact/hooks";
import { aws, now, pages, place, type Doc } from "../api";
import { Chart, type Series } from "../chart";
import { count, toMillis } from "../format";
import { useLoad } from "../hooks";
import { go, route, setQuery } from "../router";
import { Area, Button, Card, Confirm, Dialog, Empty, ErrorBox, Form, Link, Loading, Page, Search, Select, Show, Table, tabOf, Tabs, Text, Time } from "../ui";
import { ages } from "./logs";

export function Metrics() {
  const [, what, name] = route.value.parts;
  if (what === "dashboards" && name) return <Dashboard key={name} name={name} />;
  const tab = tabOf("explore");
  return (
    <Page title="Metrics" icon="metrics" actions={tab === "explore" ? <Span /> : undefined}>
      <Tabs items={[["explore", "Explore"], ["boards", "Dashboards"]]} />
      {tab === "explore" ? <Explore /> : <Boards />}
    </Page>
  );
}

const Span = () => <Select bare label="How far back" value={route.value.query.get("age") ?? "3600"} set={(v) => setQuery({ age: v })} options={ages} />;

interface Metric { Namespace: string; MetricName: string; Dimensions?: { Name: string; Value: string }[] }

const statistics = ["Average", "Sum", "Maximum", "Minimum", "SampleCount", "p50", "p90", "p95", "p99"];
/** usual is the statistic that a metric is mostly asked for. */
const usual = (name: string) => (/Duration|Latency|Time|Age|Size|Utilization/i.test(name) ? "Average" : /Concurrent|Approximate|Depth/.test(name) ? "Maximum" : "Sum");
const titleOf = (m: Metric) => `${m.MetricName}${m.Dimensions?.length ? ` · ${m.Dimensions.map((d) => d.Value).join(" ")}` : ""}`;

/** periodFor keeps a chart at some two hundred points. */
export const periodFor = (seconds: number) => [60, 300, 900, 3600, 21600, 86400].find((p) => seconds / p <= 220) ?? 86400;

/** load asks for metrics, or whatever GetMetricData takes. */
export async function load(queries: Doc[], from: number, to: number, signal?: AbortSignal): Promise<{ series: Series[]; messages: string[] }> {
  const series = new Map<string, Series>();
  const messages: string[] = [];
  let next: string | undefined;
  do {
    const out: Doc = await aws("cloudwatch", "GetMetricData", { MetricDataQueries: queries, StartTime: Math.floor(from / 1000), EndTime: Math.ceil(to / 1000), ScanBy: "TimestampAscending", ...(next ? { NextToken: next } : {}) }, signal);
    for (const r of out.MetricDataResults ?? []) {
      const key = `${r.Id} ${r.Label}`;
      const s: Series = series.get(key) ?? { name: r.Label ?? r.Id, points: [] };
      (r.Timestamps ?? []).forEach((t: Doc, i: number) => s.points.push([toMillis(t), r.Values[i]]));
      series.set(key, s);
      for (const m of r.Messages ?? []) messages.push(m.Value);
    }
    for (const m of out.Messages ?? []) messages.push(m.Value);
    next = out.NextToken;
  } while (next);
  const names = new Map<string, number>();
  for (const s of series.values()) {
    const n = (names.get(s.name) ?? 0) + 1;
    names.set(s.name, n);
    if (n > 1) s.name += ` (${n})`;
    s.points.sort((a, b) => a[0] - b[0]);
  }
  return { series: [...series.values()], messages };
}

function Explore() {
  const q = route.value.query, ns = q.get("ns") ?? "", words = (q.get("q") ?? "").toLowerCase(), seconds = Number(q.get("age") ?? 3600);
  const picked = (q.get("m") ?? "").split("~").filter(Boolean);
  const math = q.get("math") ?? "";
  const metrics = useLoad((signal) => pages<Metric>("cloudwatch", "ListMetrics", {}, "Metrics", ["NextToken", "NextToken"], 5000, signal), [], 10_000);
  const idOf = (m: Metric) => JSON.stringify([m.Namespace, m.MetricName, ...(m.Dimensions ?? []).flatMap((d) => [d.Name, d.Value])]);
  const toggle = (m: Metric) => { const id = idOf(m); setQuery({ m: (picked.includes(id) ? picked.filter((x) => x !== id) : [...picked, id]).join("~") }); };
  const period = Number(q.get("period") ?? periodFor(seconds));
  const chosen = picked.map((id) => { const [Namespace, MetricName, ...d] = JSON.parse(id) as string[]; return { Namespace, MetricName, Dimensions: d.flatMap((x, i) => (i % 2 ? [] : [{ Name: x, Value: d[i + 1] }])) }; });
  const data = useLoad(async (signal) => {
    if (!chosen.length && !math) return null;
    const end = now();
    const queries: Doc[] = chosen.map((m, i) => ({ Id: `m${i + 1}`, MetricStat: { Metric: m, Period: period, Stat: q.get("stat") || usual(m.MetricName) }, Label: titleOf(m), ReturnData: true }));
    if (math) queries.push({ Id: "e1", Expression: math, Label: math, Period: period, ReturnData: true });
    return { ...(await load(queries, end - seconds * 1000, end, signal)), from: end - seconds * 1000, to: end };
  }, [picked, math, seconds, period, q.get("stat")], 15_000);
  const [formula, setFormula] = useState(math);
  return (
    <>
      {(picked.length > 0 || math) && <Card title={picked.length === 1 ? titleOf(chosen[0]) : "Chosen metrics"} actions={<>
        <Select bare label="Statistic" value={q.get("stat") ?? ""} set={(v) => setQuery({ stat: v })} options={[["", "usual statistic"], ...statistics]} />
        <Select bare label="Period" value={String(period)} set={(v) => setQuery({ period: v })} options={[["60", "1 min"], ["300", "5 min"], ["900", "15 min"], ["3600", "1 h"], ["21600", "6 h"], ["86400", "1 d"]]} />
        <Button kind="quiet" icon="close" label="Take all away" onClick={() => setQuery({ m: "", math: "" })} />
      </>}>
        <Show of={data}>{(d) => d && (d.series.some((s) => s.points.length) ? <Chart label="Metrics" series={d.series} from={d.from} to={d.to} height={280} /> : <Empty title="No data in this time" />)}</Show>
        {data.data?.messages.map((m) => <p key={m} class="dim small">{m}</p>)}
        <form class="row" style={{ marginTop: "12px" }} onSubmit={(e) => { e.preventDefault(); setQuery({ math: formula }); }}>
          <input class="grow mono" aria-label="Metric math" placeholder="Metric math over m1, m2, … as 100 * m2 / m1" value={formula} onInput={(e) => setFormula(e.currentTarget.value)} /><Button type="submit">Calculate</Button>
        </form>
      </Card>}
      <Show of={metrics}>{(all) => {
        if (!all.length) return <Card><Empty icon="metrics" title="No metrics yet"><p>Services publish theirs a few seconds after they have been used; applications send their own by PutMetricData.</p></Empty></Card>;
        const spaces = [...new Set(all.map((m) => m.Namespace))].sort();
        const list = all.filter((m) => (!ns || m.Namespace === ns) && `${m.Namespace} ${titleOf(m)}`.toLowerCase().includes(words));
        return <Card flush title={<div class="row"><Select bare label="Namespace" value={ns} set={(v) => setQuery({ ns: v })} options={[["", `All ${spaces.length} namespaces`], ...spaces]} /><Search label="Find a metric" /></div>} actions={<span class="dim">{count(list.length)} metrics</span>}>
          <div class="scroll" tabIndex={0} role="region" aria-label="Metrics"><Table rows={list} keyOf={idOf} onPick={toggle} most={300} columns={[
            { head: "Metric", cell: (m) => <span class="kind" title={titleOf(m)}><span class={`tick ${picked.includes(idOf(m)) ? "on" : ""}`} aria-hidden="true" />{m.MetricName}{picked.includes(idOf(m)) && <span class="sr">, chosen</span>}</span>, sort: (m) => m.MetricName },
            { head: "Of", cell: (m) => m.Dimensions?.map((d) => <div key={d.Name}><span class="dim">{d.Name}</span> {d.Value}</div>) },
            { head: "Namespace", cell: (m) => m.Namespace, sort: (m) => m.Namespace, wide: true },
          ]} /></div>
        </Card>;
      }}</Show>
    </>
  );
}

const blank = () => ({ widgets: [{ type: "metric", x: 0, y: 0, width: 12, height: 6, properties: { title: "Invocations", region: place.value.region, stat: "Sum", period: 60, metrics: [["AWS/Lambda", "Invocations"], [".", "Errors"]] } }, { type: "text", x: 12, y: 0, width: 12, height: 6, properties: { markdown: "# Hello\nWrite what people should know." } }] });

function Boards() {
  const list = useLoad((signal) => pages("cloudwatch", "ListDashboards", {}, "DashboardEntries", ["NextToken", "NextToken"], 1000, signal), []);
  const [making, make] = useState(false), [name, setName] = useState("");
  return (
    <Card flush title="Dashboards" actions={<Button icon="plus" onClick={() => make(true)}>New dashboard</Button>}>
      <Show of={list}>{(l) => <Table rows={l} to={(d) => [["metrics", "dashboards", d.DashboardName]]} empty={<Empty icon="metrics" title="No dashboard yet"><p>A dashboard keeps charts together; those of CloudFormation templates show here, too.</p></Empty>} columns={[
        { head: "Name", cell: (d) => d.DashboardName }, { head: "Size", cell: (d) => `${d.Size} B`, right: true, wide: true }, { head: "Changed", cell: (d) => <Time at={toMillis(d.LastModified)} /> }]} />}</Show>
      {making && <Dialog title="New dashboard" close={() => make(false)}><Form send="Make" submit={async () => { await aws("cloudwatch", "PutDashboard", { DashboardName: name, DashboardBody: JSON.stringify(blank()) }); go(["metrics", "dashboards", name], { edit: 1 }); }}><Text label="Name" value={name} set={setName} required /></Form></Dialog>}
    </Card>
  );
}

function Dashboard({ name }: { name: string }) {
  const q = route.value.query, seconds = Number(q.get("age") ?? 3600);
  const [deleting, del] = useState(false);
  const board = useLoad((signal) => aws("cloudwatch", "GetDashboard", { DashboardName: name }, signal).then((o) => o.DashboardBody as string), [name]);
  const editing = q.get("edit") === "1";
  return (
    <Page title={name} icon="metrics" wide crumbs={[["Metrics", ["metrics"]]]} actions={<><Span /><Button pressed={editing} onClick={() => setQuery({ edit: editing ? "" : 1 })}>Edit</Button><Button kind="danger" onClick={() => del(true)}>Delete</Button></>}>
      <Show of={board}>{(body) => <>{editing && <Editor name={name} body={body} saved={() => { setQuery({ edit: "" }); board.reload(); }} />}<Board body={body} seconds={seconds} /></>}</Show>
      {deleting && <Confirm title="Delete this dashboard?" action="Delete" close={() => del(false)} act={async () => { await aws("cloudwatch", "DeleteDashboards", { DashboardNames: [name] }); go(["metrics"], { tab: "boards" }); }}><p>The metrics stay.</p></Confirm>}
    </Page>
  );
}

function Editor({ name, body, saved }: { name: string; body: string; saved: () => void }) {
  const [text, set] = useState(() => { try { return JSON.stringify(JSON.parse(body), null, 2); } catch { return body; } });
  return <Card><Form send="Save" submit={async () => { await aws("cloudwatch", "PutDashboard", { DashboardName: name, DashboardBody: text }); saved(); }}><Area label="Dashboard body" rows={16} value={text} set={set} /></Form></Card>;
}

function Board({ body, seconds }: { body: string; seconds: number }) {
  let widgets: Doc[];
  try { widgets = JSON.parse(body).widgets ?? []; } catch { return <ErrorBox error={new Error("The dashboard's body is not JSON.")} />; }
  widgets = [...widgets].sort((a, b) => (a.y ?? 0) - (b.y ?? 0) || (a.x ?? 0) - (b.x ?? 0));
  return <div class="board">{widgets.map((w, i) => (
    <div key={i} style={{ gridColumn: w.x !== undefined ? `${w.x + 1} / span ${w.width ?? 6}` : `span ${w.width ?? 6}` }}><Widget of={w} seconds={seconds} /></div>))}</div>;
}

function Widget({ of: w, seconds }: { of: Doc; seconds: number }) {
  const p = w.properties ?? {}, height = Math.max(120, (w.height ?? 6) * 42 - 60);
  if (w.type === "text") return <Card><Markdown text={p.markdown ?? ""} /></Card>;
  if (w.type === "alarm") return <Card title={p.title ?? "Alarms"}>{(p.alarms ?? []).map((a: string) => <p key={a}><Link to={["alarms", a.split(":alarm:")[1] ?? a]}>{a.split(":alarm:")[1] ?? a}</Link></p>)}</Card>;
  if (w.type !== "metric") return <Card title={p.title}><p class="dim">Widgets of the type “{w.type}” are kept, and not drawn here.</p></Card>;
  return <Card title={p.title}><MetricWidget p={p} seconds={seconds} height={height} /></Card>;
}

/** queriesOf reads a widget's metrics: rows in which "." repeats what stands above. */
function queriesOf(p: Doc, period: number): Doc[] {
  let above: string[] = [];
  return (p.metrics ?? []).map((row: Doc[], i: number): Doc => {
    const options = typeof row[row.length - 1] === "object" ? row[row.length - 1] : {};
    const words = row.filter((x) => typeof x === "string") as string[];
    const base = { Id: options.id ?? `w${i}`, ...(options.label ? { Label: options.label } : {}), ReturnData: options.visible !== false };
    if (options.expression) return { ...base, Expression: options.expression, Period: options.period ?? period };
    const full = words[0] === "..." ? [...above.slice(0, above.length - (words.length - 1)), ...words.slice(1)] : words.map((x, n) => (x === "." ? above[n] : x));
    above = full;
    const Dimensions = full.slice(2).flatMap((x, n, d) => (n % 2 ? [] : [{ Name: x, Value: d[n + 1] }]));
    return { ...base, MetricStat: { Metric: { Namespace: full[0], MetricName: full[1], Dimensions }, Period: options.period ?? period, Stat: options.stat ?? p.stat ?? "Average" } };
  });
}

function MetricWidget({ p, seconds, height }: { p: Doc; seconds: number; height: number }) {
  const period = Math.max(p.period ?? 0, periodFor(seconds));
  const data = useLoad(async (signal) => { const end = now(); return { ...(await load(queriesOf(p, period), end - seconds * 1000, end, signal)), from: end - seconds * 1000, to: end }; }, [JSON.stringify(p), seconds], 15_000);
  if (!data.data && !data.error) return <Loading rows={3} />;
  return <Show of={data}>{(d) => p.view === "singleValue"
    ? <div class="stats">{d.series.map((s) => <div key={s.name}><div class="stat-value">{count(s.points.at(-1)?.[1] ?? NaN)}</div><div class="stat-label">{s.name}</div></div>)}</div>
    : <Chart label={p.title ?? "Metrics"} series={d.series} from={d.from} to={d.to} height={height} bars={p.view === "bar"} level={p.annotations?.horizontal?.[0]?.value} />}</Show>;
}

/** Markdown shows headings, lists and paragraphs; everything else stays text. */
export function Markdown({ text }: { text: string }) {
  return <>{text.split(/\n{2,}|\n(?=#|[-*] )/).map((block, i) => {
    const head = /^(#{1,4})\s+(.*)/.exec(block);
    if (head) return <h2 key={i}>{head[2]}</h2>;
    if (/^[-*] /.test(block)) return <p key={i}>• {block.slice(2)}</p>;
    return <p key={i}>{block}</p>;
  })}</>;
}
