// Traces: found by what they are, and shown as a waterfall over all hops.
import { useMemo, useState } from "preact/hooks";
import { aws, Fault, now, type Doc } from "../api";
import { clock, count, lastOf, shortName, span, stamp, toMillis } from "../format";
import { useLoad } from "../hooks";
import { Icon } from "../icons";
import { kindOf, KindIcon, viewOf } from "../kinds";
import { href, route, setQuery } from "../router";
import { Badge, Button, Card, Code, Empty, Facts, Json, Link, Page, Search, Select, Show, Stat, Table, tabOf, Tabs, Text, type Kids } from "../ui";
import { groupOf, LogLines, newest, type LogLine } from "./loglines";

export function Traces() {
  const id = route.value.parts[1];
  return id ? <Trace key={id} id={id} /> : <List />;
}

/** expression is the filter that the controls amount to. */
function expression(q: URLSearchParams): string {
  const parts: string[] = [];
  const state = q.get("state");
  if (state === "failed") parts.push("(error = true OR fault = true OR service() { fault = true OR error = true })");
  if (state === "fault") parts.push("(fault = true OR service() { fault = true })");
  if (state === "slow") parts.push(`duration >= ${Number(q.get("slow") ?? 1)}`);
  if (q.get("path")) parts.push(`http.url CONTAINS ${JSON.stringify(q.get("path"))}`);
  if (q.get("code")) parts.push(`http.status = ${Number(q.get("code"))}`);
  if (q.get("note")) {
    const [key, value] = q.get("note")!.split("=", 2);
    parts.push(value === undefined ? `annotation[${key.trim()}]` : `annotation[${key.trim()}] = ${/^\d+(\.\d+)?$|^(true|false)$/.test(value.trim()) ? value.trim() : JSON.stringify(value.trim())}`);
  }
  if (q.get("filter")) parts.push(q.get("filter")!);
  return parts.join(" AND ");
}

const ages: [string, string][] = [["900", "15 minutes"], ["3600", "1 hour"], ["21600", "6 hours"]];

function List() {
  const q = route.value.query;
  const seconds = Number(q.get("window") ?? 3600);
  const filter = expression(q);
  const [more, setMore] = useState(Boolean(q.get("filter") || q.get("note") || q.get("code")));
  const loaded = useLoad(async (signal) => {
    const end = now() / 1000;
    const list: Doc[] = [];
    let next: string | undefined;
    do {
      const out: Doc = await aws("xray", "GetTraceSummaries", { StartTime: end - seconds, EndTime: end + 1, TimeRangeType: "Event", ...(filter ? { FilterExpression: filter } : {}), ...(next ? { NextToken: next } : {}) }, signal);
      list.push(...(out.TraceSummaries ?? []));
      next = out.NextToken;
    } while (next && list.length < 2000);
    return list.sort((a, b) => toMillis(b.StartTime) - toMillis(a.StartTime));
  }, [seconds, filter], 5000);
  return (
    <Page title="Traces" icon="trace" actions={<Select bare label="How far back" value={String(seconds)} set={(v) => setQuery({ window: v })} options={ages} />}>
      <div class="row">
        <div class="bar" role="group" aria-label="Outcome">{([["", "All"], ["failed", "Failed"], ["fault", "Faults"], ["slow", "Slow"]] as const).map(([v, name]) =>
          <button key={v} type="button" aria-pressed={(q.get("state") ?? "") === v} onClick={() => setQuery({ state: v })}>{name}</button>)}</div>
        <Search name="path" label="Part of the address" placeholder="Part of the address, as /orders" />
        <Button kind="quiet" icon={more ? "down" : "right"} onClick={() => setMore(!more)}>More</Button>
        <span class="grow" />
        {loaded.data && <span class="dim">{count(loaded.data.length)} traces</span>}
      </div>
      {more && <Card><div class="grid3">
        <Text label="HTTP status" value={q.get("code") ?? ""} set={(v) => setQuery({ code: v.replace(/\D/g, "") })} placeholder="500" />
        <Text label="Annotation" value={q.get("note") ?? ""} set={(v) => setQuery({ note: v })} placeholder="order=42, or just a key" />
        <Text label="Slow is, in seconds" value={q.get("slow") ?? "1"} set={(v) => setQuery({ slow: v })} />
      </div><br /><Text label="Filter expression" value={q.get("filter") ?? ""} set={(v) => setQuery({ filter: v })} placeholder={'service("orders") { fault } AND responsetime > 0.5'} hint="X-Ray's own language: service(), edge(), http.*, annotation[…], duration, error, fault, throttle." /></Card>}
      <Card flush><Show of={loaded}>{(list) => <TraceTable list={list} />}</Show></Card>
    </Page>
  );
}

/** subjectOf says what a trace was about. */
function subjectOf(t: Doc): Kids {
  if (t.Http?.HttpURL) {
    let path = t.Http.HttpURL as string;
    try { path = new URL(path).pathname.replace(/^\/_maru\/(execute-api|restapis)\/[^/]+/, "").replace(/^\/\$default(?=\/|$)/, "") || "/"; } catch { /* it is a path already */ }
    return <><span class="dim">{t.Http.HttpMethod ?? ""}</span> {path}</>;
  }
  return shortName(lastOf(t.EntryPoint?.Name ?? t.ServiceIds?.[0]?.Name ?? "?"));
}

function outcome(t: Doc): Kids {
  if (t.HasFault) return <Badge tone="bad">fault</Badge>;
  if (t.FaultRootCauses?.length) return <Badge tone="bad" title="The first answer was good; a later hop failed">failed inside</Badge>;
  if (t.HasThrottle) return <Badge tone="warn">throttled</Badge>;
  if (t.HasError) return <Badge tone="warn">error</Badge>;
  return t.IsPartial ? <Badge tone="info">under way</Badge> : <Badge tone="good">ok</Badge>;
}

/** TraceTable lists summaries of traces. */
export function TraceTable({ list, brief, failed }: { list: Doc[]; brief?: boolean; failed?: Set<string> }) {
  return (
    <Table rows={list} keyOf={(t) => t.Id} to={(t) => [["traces", t.Id]]}
      empty={<Empty icon="trace" title="No traces here">{!brief && <p>Traces of the last minutes are always kept. Choose a longer time, or take conditions away.</p>}</Empty>}
      columns={brief ? [
        { head: "What", cell: (t) => subjectOf(t) },
        { head: "", cell: (t) => (failed?.has(t.Id) && !t.HasFault ? <Badge tone="bad">failed here</Badge> : outcome(t)) },
        { head: "Took", cell: (t) => span(1000 * (t.Duration ?? 0)), right: true },
      ] : [
        { head: "What", cell: (t) => <span class="kind"><KindIcon type={t.EntryPoint?.Type ?? "client"} />{<span>{subjectOf(t)}</span>}</span> },
        { head: "Outcome", cell: (t) => <>{outcome(t)} {t.Http?.HttpStatus && <span class="dim">{t.Http.HttpStatus}</span>}</> },
        { head: "Took", cell: (t) => span(1000 * (t.Duration ?? 0)), right: true, sort: (t) => t.Duration ?? 0 },
        { head: "Hops", cell: (t) => new Set((t.ServiceIds ?? []).map((s: Doc) => s.Name)).size, right: true, wide: true },
        { head: "Began", cell: (t) => <span class="nowrap" title={stamp(toMillis(t.StartTime))}>{clock(toMillis(t.StartTime))}</span>, sort: (t) => toMillis(t.StartTime), wide: true },
        { head: "Trace", cell: (t) => <span class="mono dim">{(t.Id as string).slice(-8)}</span>, wide: true },
      ]} />
  );
}

/** Hop is a segment or subsegment, in its place. */
interface Hop { doc: Doc; id: string; sub: boolean; start: number; end: number; kids: Hop[]; type: string; depth: number }

/** assemble builds the tree of a trace's documents. */
function assemble(segments: Doc[]): Hop[] {
  const all = new Map<string, { hop: Hop; parent: string }>();
  const add = (doc: Doc, parent: string, sub: boolean) => {
    const start = 1000 * doc.start_time;
    const hop: Hop = { doc, id: doc.id, sub, start, end: doc.end_time ? 1000 * doc.end_time : start, kids: [], depth: 0, type: doc.origin || typeOf(doc) };
    all.set(doc.id, { hop, parent: doc.parent_id || parent });
    for (const s of doc.subsegments ?? []) add(s, doc.id, true);
  };
  for (const s of segments) {
    try {
      const doc = JSON.parse(s.Document);
      add(doc, "", doc.type === "subsegment");
    } catch { /* a document that is not whole says nothing */ }
  }
  const roots: Hop[] = [];
  for (const { hop, parent } of all.values()) {
    const above = parent && parent !== hop.id ? all.get(parent) : undefined;
    (above ? above.hop.kids : roots).push(hop);
  }
  const order = (list: Hop[], depth: number) => {
    list.sort((a, b) => a.start - b.start);
    for (const h of list) { h.depth = depth; order(h.kids, depth + 1); }
  };
  order(roots, 0);
  return roots;
}

/** typeOf guesses what a hop without an origin was about. */
function typeOf(doc: Doc): string {
  if (doc.sql) return "database";
  if (doc.aws?.queue_url) return "sqs";
  if (doc.aws?.table_name) return "dynamodb";
  if (doc.aws?.bucket_name) return "s3";
  if (doc.aws?.topic_arn) return "sns";
  if (doc.namespace === "aws") return String(doc.name);
  if (doc.namespace === "remote") return "remote";
  return "part";
}

function flat(hops: Hop[], closed: Set<string>, out: Hop[] = []): Hop[] {
  for (const h of hops) {
    out.push(h);
    if (!closed.has(h.id)) flat(h.kids, closed, out);
  }
  return out;
}

const everyHop = (hops: Hop[]): Hop[] => flat(hops, new Set());

function Trace({ id }: { id: string }) {
  const loaded = useLoad(async (signal) => {
    const out = await aws("xray", "BatchGetTraces", { TraceIds: [id] }, signal);
    const trace = out.Traces?.[0];
    if (!trace) throw new Fault("NotFound", `There is no trace ${id} (yet): it takes a second or two until a trace is kept, and old ones go.`, 404);
    const hops = assemble(trace.Segments ?? []), all = everyHop(hops);
    const start = Math.min(...all.map((h) => h.start)), end = Math.max(...all.map((h) => h.end));
    return { hops, all, start, end, open: all.some((h) => h.doc.in_progress) };
  }, [id]);
  // What runs on, or has just begun, is looked at again.
  const young = loaded.data && (loaded.data.open || now() - loaded.data.end < 6000);
  useLoad(async () => { if (young || loaded.error) setTimeout(loaded.reload, 1500); return null; }, [young, loaded.data, Boolean(loaded.error)]);
  const tab = tabOf("fall");
  return (
    <Page title={loaded.data ? nameOf(loaded.data.all[0]) : "Trace"} crumbs={[["Traces", ["traces"]]]} sub={<><span class="mono">{id}</span>{loaded.data && <span>{stamp(loaded.data.start)}</span>}</>} actions={<Button icon="reload" label="Load again" onClick={loaded.reload} />}>
      <Show of={loaded}>{(t) => {
        const failed = t.all.filter((h) => h.doc.fault || h.doc.error);
        const services = new Set(t.all.filter((h) => !h.sub).map((h) => h.doc.name)).size;
        return <>
          <div class="stats">
            <Stat label="from first to last" value={span(t.end - t.start)} />
            <Stat label="services" value={services} />
            <Stat label="hops" value={t.all.length} />
            <Stat label={failed.length ? "hops failed" : "nothing failed"} value={failed.length} tone={failed.length ? "bad" : "good"} />
          </div>
          <Tabs items={[["fall", "Waterfall"], ["logs", "Log lines"], ["raw", "Documents"]]} />
          {tab === "fall" && <Waterfall trace={t} />}
          {tab === "logs" && <TraceLogs hops={t.all} />}
          {tab === "raw" && <Card><Json of={t.hops.map(function plain(h: Hop): Doc { return h.doc; })} /></Card>}
        </>;
      }}</Show>
    </Page>
  );
}

/** nameOf is what a hop is called. */
function nameOf(h: Hop | undefined): string {
  if (!h) return "Trace";
  const d = h.doc, what = d.aws?.operation ? `${d.aws.operation} ` : "";
  return what + shortName(lastOf(String(d.name)));
}

/** onOf is what a call of AWS was about. */
const onOf = (d: Doc) => shortName(lastOf(String(d.aws?.table_name ?? d.aws?.queue_url ?? d.aws?.topic_arn ?? d.aws?.bucket_name ?? d.aws?.function_name ?? d.aws?.resource_arn ?? d.resource_arn ?? "")));

/** firstFailing is the hop that tells most of a failure: a function's own, where one failed. */
function firstFailing(all: Hop[]): string {
  const failed = all.filter((h) => h.doc.fault);
  return (failed.findLast((h) => !h.sub && h.doc.origin === "AWS::Lambda::Function") ?? failed.find((h) => h.kids.every((k) => !k.doc.fault)))?.id ?? "";
}

/** Waterfall draws each hop at its time. A hop opens to what is known of it. */
function Waterfall({ trace }: { trace: { hops: Hop[]; start: number; end: number } }) {
  const failing = useMemo(() => firstFailing(everyHop(trace.hops)), [trace]);
  const chosen = route.value.query.get("hop") ?? failing;
  const [closed, close] = useState<Set<string>>(new Set());
  const whole = Math.max(trace.end - trace.start, 0.001);
  const rows = flat(trace.hops, closed);
  return (
    <Card flush>
      <div class="fall" role="tree" aria-label="Hops">
        <div class="head"><span>Hop</span><div class="scale">{[0, 0.25, 0.5, 0.75, 1].map((f) => <span key={f} class={f === 0.25 || f === 0.75 ? "wide-only" : ""} style={{ left: `${100 * f}%` }}>{f ? span(whole * f) : "0"}</span>)}</div><span class="took">took</span></div>
        {rows.map((h) => {
          const d = h.doc, open = chosen === h.id, bad = d.fault ? "bad" : d.error || d.throttle ? "warn" : "";
          const left = (100 * (h.start - trace.start)) / whole, width = (100 * (h.end - h.start)) / whole;
          const on = onOf(d), kind = kindOf(h.type);
          return (
            <div key={h.id} role="treeitem" aria-level={h.depth + 1} aria-expanded={h.kids.length ? !closed.has(h.id) : undefined} style={{ "--kind": `var(${kind.colour})` }}>
              <button type="button" class="hop" aria-expanded={open} data-hop={d.name} data-type={h.type} onClick={() => setQuery({ hop: open ? "none" : h.id })}>
                <span class="name" style={{ paddingLeft: `${10 + Math.min(h.depth, 12) * 15}px` }}>
                  {h.kids.length ? <span role="presentation" onClick={(e) => { e.stopPropagation(); const c = new Set(closed); if (!c.delete(h.id)) c.add(h.id); close(c); }}><Icon name={closed.has(h.id) ? "right" : "down"} size={14} /></span> : <span style={{ width: "14px", flex: "none" }} />}
                  <Icon name={h.type === "part" ? "right" : kind.icon} size={16} />
                  <span class="label" title={`${d.name} ${on}`}><b>{nameOf(h)}</b>{on && on !== shortName(lastOf(String(d.name))) && <span class="dim"> {on}</span>}</span>
                  {bad && <Badge tone={d.fault ? "bad" : "warn"}>{d.http?.response?.status ?? (d.fault ? "fault" : d.throttle ? "throttled" : "error")}</Badge>}
                </span>
                <span class="lane"><span class={`beam ${bad} ${h.sub ? "sub" : ""} ${d.in_progress ? "open" : ""}`} style={{ left: `${Math.min(left, 99.5)}%`, width: `${width}%` }} /></span>
                <span class="took">{d.in_progress ? "…" : span(h.end - h.start)}</span>
              </button>
              {open && <Inside hop={h} start={trace.start} />}
            </div>);
        })}
      </div>
    </Card>
  );
}

/** Inside is all that is known of a hop. */
function Inside({ hop, start }: { hop: Hop; start: number }) {
  const d = hop.doc, a = d.aws ?? {};
  const arn = d.resource_arn ?? a.resource_arn ?? a.function_arn ?? a.topic_arn ?? a.queue_url ?? a.table_name ?? a.bucket_name;
  const view = arn ? viewOf(hop.type, String(arn)) : viewOf(hop.type, String(d.name));
  const known = new Set(["operation", "region", "account_id", "request_id", "table_name", "queue_url", "topic_arn", "bucket_name", "function_arn", "function_name", "resource_arn", "cloudwatch_logs", "xray"]);
  const rest = Object.fromEntries(Object.entries(a).filter(([k]) => !known.has(k)));
  const exceptions: Doc[] = typeof d.cause === "object" ? d.cause.exceptions ?? [] : [];
  return (
    <div class="inside">
      {exceptions.map((x, i) => <div key={i} class="notice bad"><Icon name="warn" /><div><strong>{x.type ?? "Failed"}</strong><p>{x.message}</p>
        {x.stack?.length > 0 && <p class="mono small dim">{x.stack.slice(0, 6).map((s: Doc) => <>{`${s.label ?? ""} ${s.path ?? ""}:${s.line ?? ""}`}<br /></>)}</p>}</div></div>)}
      <Facts of={[
        ["Began", `+${span(hop.start - start)} · ${clock(hop.start)}`],
        ["State", d.in_progress ? <Badge tone="info">under way</Badge> : d.fault ? <Badge tone="bad">fault</Badge> : d.throttle ? <Badge tone="warn">throttled</Badge> : d.error ? <Badge tone="warn">error</Badge> : <Badge tone="good">done in {span(hop.end - hop.start)}</Badge>],
        ["Request", d.http?.request?.url && <span class="mono">{d.http.request.method} {d.http.request.url}</span>],
        ["Response", d.http?.response?.status && `${d.http.response.status}${d.http.response.content_length ? `, ${d.http.response.content_length} bytes` : ""}`],
        ["Client", d.http?.request?.client_ip], ["User agent", d.http?.request?.user_agent],
        ["Operation", a.operation && `${d.name} ${a.operation}`],
        ["Resource", arn && (view ? <Link to={view}>{shortName(lastOf(String(arn)))}</Link> : String(arn))],
        ["Kind", d.origin], ["Request id", a.request_id && <span class="mono">{a.request_id}</span>], ["User", d.user],
        ["SQL", d.sql?.sanitized_query && <span class="mono">{d.sql.sanitized_query}</span>],
        ...Object.entries(rest).filter(([, v]) => typeof v !== "object").map(([k, v]) => [k.replace(/_/g, " "), String(v)] as [string, Kids]),
        ...(d.links ?? []).map((l: Doc, i: number) => [`Goes with ${i + 1}`, <Link to={["traces", l.trace_id]} query={{ hop: l.id }}>{l.trace_id.slice(-8)}</Link>] as [string, Kids]),
      ]} />
      {d.annotations && Object.keys(d.annotations).length > 0 && <Facts of={Object.entries(d.annotations).map(([k, v]) => [k, <Link to={["traces"]} query={{ note: `${k}=${v}` }}>{String(v)}</Link>])} />}
      {d.metadata && Object.entries(d.metadata as Record<string, Doc>).map(([ns, m]) => <div key={ns}><p class="dim small">{ns === "default" ? "metadata" : ns}</p><Code text={JSON.stringify(m, null, 2)} /></div>)}
      <HopLogs hop={hop} />
    </div>
  );
}

/** logGroup is the group that a hop's lines are in. */
function logGroup(h: Hop): string {
  const logs = h.doc.aws?.cloudwatch_logs?.[0];
  return logs?.log_group ?? (h.sub ? "" : groupOf(h.type, String(h.doc.aws?.function_arn ?? h.doc.resource_arn ?? h.doc.name)));
}

/** linesOf are the lines that an invocation has written: from its START to its REPORT in one stream. */
async function linesOf(h: Hop, signal: AbortSignal): Promise<LogLine[]> {
  const group = logGroup(h);
  if (!group) return [];
  let all: LogLine[];
  try {
    all = await newest(group, h.start - 200, h.end + 3000, "", signal, 2000);
  } catch (e) {
    if ((e as Fault).gone) return [];
    throw e;
  }
  const request = h.doc.aws?.request_id as string | undefined;
  const mark = request ? all.find((l) => l.message.includes(request)) : undefined;
  if (!request || !mark) return all; // a call's id is not its invocation's: then the time has to do
  const stream = all.filter((l) => l.stream === mark.stream);
  const first = stream.findIndex((l) => l.message.startsWith("START") && l.message.includes(request));
  const last = stream.findLastIndex((l) => l.message.includes(request));
  return stream.slice(Math.max(first, 0), last + 1);
}

function HopLogs({ hop }: { hop: Hop }) {
  const group = logGroup(hop);
  const lines = useLoad((signal) => linesOf(hop, signal), [hop.id, hop.end]);
  if (!group) return null;
  return (
    <div>
      <p class="row small"><span class="dim">log lines</span><Link to={["logs", group]} query={{ from: Math.floor(hop.start - 1000), to: Math.ceil(hop.end + 3000) }}>{group}</Link></p>
      <Card flush><Show of={lines} rows={2}>{(l) => l.length ? <LogLines lines={l} /> : <p class="dim pad">It wrote none.</p>}</Show></Card>
    </div>
  );
}

/** TraceLogs are the lines of all hops, in the order of time. */
function TraceLogs({ hops }: { hops: Hop[] }) {
  const with_ = hops.filter((h) => logGroup(h) && /Function|lambda/i.test(h.type)).slice(0, 40);
  const lines = useLoad(async (signal) => {
    const seen = new Set<string>();
    const all = (await Promise.all(with_.map((h) => linesOf(h, signal)))).flat();
    return all.filter((l) => { const k = `${l.stream}${l.at}${l.message}`; return !seen.has(k) && seen.add(k); }).sort((a, b) => a.at - b.at);
  }, [with_.map((h) => h.id)]);
  return <Card flush><Show of={lines}>{(l) => l.length ? <LogLines lines={l} from /> : <Empty icon="logs" title="No hop wrote a line"><a href={href(["logs"])}>To the logs</a></Empty>}</Show></Card>;
}
