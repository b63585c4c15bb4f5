// Logs: groups, their lines, lines as they come, and queries.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { aws, Fault, now, pages, stream, type Doc } from "../api";
import { Chart, Ranked } from "../chart";
import { bytes, count, stamp, toMillis } from "../format";
import { useLoad } from "../hooks";
import { go, href, route, setQuery } from "../router";
import { Area, Badge, Button, Card, Confirm, describe, Empty, ErrorBox, Loading, Page, Search, Select, Show, Table, tabOf, Tabs, Time } from "../ui";
import { LogLines, newest, type LogLine, linesOf } from "./loglines";

export function Logs() {
  const group = route.value.parts[1];
  return group ? <Group key={group} name={group} /> : <All />;
}

const groupsOf = (signal?: AbortSignal) => pages("logs", "DescribeLogGroups", {}, "logGroups", ["nextToken", "nextToken"], 1000, signal);

/** ages are how far back a search goes, in seconds. */
export const ages: [string, string][] = [["300", "5 minutes"], ["900", "15 minutes"], ["3600", "1 hour"], ["21600", "6 hours"], ["86400", "1 day"], ["604800", "7 days"], ["2592000", "30 days"]];

/** pattern makes a filter pattern of words: what is one already stays. */
const pattern = (text: string) => (!text || /^[{["%?-]/.test(text.trim()) ? text.trim() : JSON.stringify(text.trim()));

function All() {
  const tab = tabOf("groups");
  const groups = useLoad(groupsOf, [], 15_000);
  return (
    <Page title="Logs" icon="logs" actions={tab === "groups" ? <Search label="Find a group" /> : undefined}>
      <Tabs items={[["groups", "Groups", groups.data?.length], ["search", "Search"], ["tail", "Live tail"], ["insights", "Insights"]]} />
      {tab === "groups" && <Card flush><Show of={groups}>{(list) => {
        const q = (route.value.query.get("q") ?? "").toLowerCase();
        return <Table rows={list.filter((g) => g.logGroupName.toLowerCase().includes(q))} keyOf={(g) => g.arn} to={(g) => [["logs", g.logGroupName]]}
          empty={<Empty icon="logs" title="No log group">{!q && <p>A function makes its own with its first line.</p>}</Empty>}
          columns={[
            { head: "Group", cell: (g) => g.logGroupName, sort: (g) => g.logGroupName },
            { head: "Kept for", cell: (g) => (g.retentionInDays ? `${g.retentionInDays} days` : "ever"), wide: true },
            { head: "Size", cell: (g) => bytes(g.storedBytes ?? 0), sort: (g) => g.storedBytes ?? 0, right: true },
            { head: "Made", cell: (g) => <Time at={toMillis(g.creationTime)} />, sort: (g) => g.creationTime, wide: true },
          ]} />;
      }}</Show></Card>}
      {tab !== "groups" && <Show of={groups}>{(list) => {
        const names = list.map((g) => g.logGroupName as string);
        return tab === "search" ? <Across groups={names} /> : tab === "tail" ? <TailAll groups={list} /> : <Insights groups={names} />;
      }}</Show>}
    </Page>
  );
}

/** Across searches several groups at once. */
function Across({ groups }: { groups: string[] }) {
  const q = route.value.query, text = q.get("text") ?? "", seconds = Number(q.get("age") ?? 3600);
  const [input, set] = useState(text);
  useEffect(() => set(text), [text]);
  const found = useLoad(async (signal) => {
    const end = now();
    const all = await Promise.all(groups.slice(0, 50).map((g) => newest(g, end - seconds * 1000, end + 1000, pattern(text), signal, 200).catch((e: Fault) => { if (e.gone) return []; throw e; })));
    return all.flat().sort((a, b) => a.at - b.at).slice(-500);
  }, [groups.length, text, seconds]);
  return (
    <>
      <form class="row" onSubmit={(e) => { e.preventDefault(); setQuery({ text: input }); }}>
        <input class="grow" type="search" aria-label="Words in the line" placeholder="Words, a request id, a trace id, or a filter pattern" value={input} onInput={(e) => set(e.currentTarget.value)} />
        <Select bare label="How far back" value={String(seconds)} set={(v) => setQuery({ age: v })} options={ages} />
        <Button type="submit" kind="primary">Search</Button>
      </form>
      <Card flush><Show of={found}>{(l) => l.length ? <div class="tall" tabIndex={0} role="region" aria-label="Lines"><LogLines lines={l} from find={text} dates={seconds > 86400} /></div> : <Empty icon="search" title="No line matches"><p>Look further back, or for fewer words.</p></Empty>}</Show></Card>
    </>
  );
}

/** useTail collects lines as they come. */
function useTail(groups: string[], words: string, on: boolean): { lines: LogLine[]; error: Error | undefined; clear: () => void } {
  const [lines, set] = useState<LogLine[]>([]);
  const [error, fail] = useState<Error>();
  useEffect(() => {
    if (!on || groups.length === 0) return;
    const stop = new AbortController();
    const run = async () => {
      while (!stop.signal.aborted) {
        try {
          await stream("tail", { groups, pattern: pattern(words) }, stop.signal, (doc) => {
            fail(undefined);
            if (doc.events.length) set((l) => [...l, ...doc.events.map((e: Doc) => ({ at: e.at, message: e.message, stream: e.stream, group: String(e.group).replace(/^\d+:/, "") }))].slice(-2000));
          });
        } catch (e) {
          if (stop.signal.aborted) return;
          fail(e as Error);
          if (e instanceof Fault && e.status >= 400 && e.status < 500) return;
        }
        await new Promise((r) => setTimeout(r, 1500));
      }
    };
    void run();
    return () => stop.abort();
  }, [groups.join(), words, on]);
  return { lines, error, clear: () => set([]) };
}

/** Following shows the end of what comes, unless somebody reads further up. */
function Following({ lines, from, find }: { lines: LogLine[]; from?: boolean; find?: string }) {
  const ref = useRef<HTMLDivElement>(null), stick = useRef(true);
  useEffect(() => { if (stick.current && ref.current) ref.current.scrollTop = ref.current.scrollHeight; }, [lines]);
  return (
    <div class="tall" tabIndex={0} role="region" aria-label="Lines" ref={ref} onScroll={(e) => { const el = e.currentTarget; stick.current = el.scrollHeight - el.scrollTop - el.clientHeight < 40; }}>
      {lines.length ? <LogLines lines={lines} from={from} find={find} /> : <Empty icon="logs" title="Waiting for lines"><p>They show here as they are written.</p></Empty>}
    </div>
  );
}

function TailAll({ groups }: { groups: Doc[] }) {
  const [words, setWords] = useState(""), [on, turn] = useState(true), [input, set] = useState("");
  // A live tail takes ten groups: those that are named, or the ones that are the newest.
  const named = route.value.query.get("group");
  const chosen = (named ? groups.filter((g) => g.logGroupName === named) : [...groups].sort((a, b) => b.creationTime - a.creationTime)).slice(0, 10);
  const tail = useTail(chosen.map((g) => g.logGroupArn ?? String(g.arn).replace(/:\*$/, "")), words, on);
  return (
    <>
      <form class="row" onSubmit={(e) => { e.preventDefault(); setWords(input); }}>
        <Select bare label="Group" value={named ?? ""} set={(v) => setQuery({ group: v })} options={[["", groups.length > 10 ? "The ten newest groups" : "All groups"], ...groups.map((g) => g.logGroupName as string)]} />
        <input class="grow" type="search" aria-label="Words in the line" placeholder="Only lines with…" value={input} onInput={(e) => set(e.currentTarget.value)} />
        {on && !tail.error && <span class="live">live</span>}
        <Button icon={on ? "pause" : "play"} onClick={() => turn(!on)}>{on ? "Pause" : "Go on"}</Button>
        <Button kind="quiet" onClick={tail.clear}>Clear</Button>
      </form>
      {tail.error && <ErrorBox error={tail.error} />}
      <Card flush><Following lines={tail.lines} from find={words} /></Card>
    </>
  );
}

function Group({ name }: { name: string }) {
  const q = route.value.query, tab = tabOf("lines");
  const [deleting, del] = useState(false);
  const group = useLoad((signal) => aws("logs", "DescribeLogGroups", { logGroupNamePrefix: name }, signal).then((o) => {
    const g = (o.logGroups ?? []).find((x: Doc) => x.logGroupName === name);
    if (!g) throw new Fault("ResourceNotFoundException", `There is no log group ${name}.`, 404);
    return g as Doc;
  }), [name]);
  return (
    <Page title={name} icon="logs" crumbs={[["Logs", ["logs"]]]} sub={group.data && <><span>{bytes(group.data.storedBytes ?? 0)}</span><span>kept {group.data.retentionInDays ? `for ${group.data.retentionInDays} days` : "for ever"}</span></>} actions={<>
      <Select bare label="Retention" value={String(group.data?.retentionInDays ?? "")} set={async (v) => { await aws("logs", v ? "PutRetentionPolicy" : "DeleteRetentionPolicy", v ? { logGroupName: name, retentionInDays: Number(v) } : { logGroupName: name }); group.reload(); }}
        options={[["", "Keep for ever"], ...[1, 3, 5, 7, 14, 30, 60, 90, 365].map((d) => [String(d), `Keep ${d} days`] as [string, string])]} />
      <Button kind="danger" onClick={() => del(true)}>Delete</Button>
    </>}>
      {group.error && <ErrorBox error={group.error} retry={group.reload} />}
      <Tabs items={[["lines", "Lines"], ["tail", "Live tail"], ["streams", "Streams"], ["insights", "Insights"]]} />
      {tab === "lines" && <Lines name={name} />}
      {tab === "tail" && group.data && <TailOne arn={group.data.logGroupArn ?? String(group.data.arn).replace(/:\*$/, "")} />}
      {tab === "streams" && <Streams name={name} />}
      {tab === "insights" && <Insights groups={[name]} />}
      {deleting && <Confirm title="Delete this log group?" action="Delete" close={() => del(false)} act={async () => { await aws("logs", "DeleteLogGroup", { logGroupName: name }); go(["logs"]); }}><p>All of its lines go: <b>{name}</b>{q.get("x")}.</p></Confirm>}
    </Page>
  );
}

function Lines({ name }: { name: string }) {
  const q = route.value.query, words = q.get("q") ?? "", from = Number(q.get("from") ?? 0), to = Number(q.get("to") ?? 0), seconds = Number(q.get("age") ?? 86400), one = q.get("stream");
  const [input, set] = useState(words);
  const found = useLoad(async (signal) => {
    const end = to || now() + 1000, begin = from || end - seconds * 1000;
    const lines = await newest(name, begin, end, pattern(words), signal, 1000);
    return one ? lines.filter((l) => l.stream === one) : lines;
  }, [name, words, from, to, seconds, one], from ? 0 : 5000);
  return (
    <>
      <form class="row" onSubmit={(e) => { e.preventDefault(); setQuery({ q: input }); }}>
        <input class="grow" type="search" aria-label="Words in the line" placeholder='Words, or a pattern such as { $.level = "error" }' value={input} onInput={(e) => set(e.currentTarget.value)} />
        {from ? <Button kind="quiet" icon="close" onClick={() => setQuery({ from: "", to: "" })}>{stamp(from)} – {stamp(to).slice(11)}</Button>
          : <Select bare label="How far back" value={String(seconds)} set={(v) => setQuery({ age: v })} options={ages} />}
        {one && <Button kind="quiet" icon="close" onClick={() => setQuery({ stream: "" })}>one stream</Button>}
        <Button type="submit" kind="primary">Search</Button>
      </form>
      <Card flush><Show of={found}>{(l) => l.length ? <div class="tall" tabIndex={0} role="region" aria-label="Lines"><LogLines lines={l} find={words} dates={seconds > 86400} /></div> : <Empty icon="logs" title="No line in this time"><p>Look further back, or for fewer words.</p></Empty>}</Show></Card>
    </>
  );
}

function TailOne({ arn }: { arn: string }) {
  const [on, turn] = useState(true);
  const tail = useTail([arn], "", on);
  return (
    <>
      <div class="row">{on && !tail.error && <span class="live">live</span>}<span class="grow" /><Button icon={on ? "pause" : "play"} onClick={() => turn(!on)}>{on ? "Pause" : "Go on"}</Button><Button kind="quiet" onClick={tail.clear}>Clear</Button></div>
      {tail.error && <ErrorBox error={tail.error} />}
      <Card flush><Following lines={tail.lines} /></Card>
    </>
  );
}

function Streams({ name }: { name: string }) {
  const streams = useLoad((signal) => pages("logs", "DescribeLogStreams", { logGroupName: name, orderBy: "LastEventTime", descending: true }, "logStreams", ["nextToken", "nextToken"], 200, signal), [name]);
  return <Card flush><Show of={streams}>{(list) => <Table rows={list} to={(s) => [["logs", name], { stream: s.logStreamName, age: 2592000 }]} empty={<Empty title="No stream yet" />} columns={[
    { head: "Stream", cell: (s) => s.logStreamName }, { head: "First line", cell: (s) => <Time at={toMillis(s.firstEventTimestamp)} />, wide: true }, { head: "Last line", cell: (s) => <Time at={toMillis(s.lastEventTimestamp)} /> },
  ]} />}</Show></Card>;
}

const examples: [string, string][] = [
  ["The newest lines", "fields @timestamp, @message, @log\n| sort @timestamp desc\n| limit 50"],
  ["Lines by minute", "stats count(*) as lines by bin(1m)"],
  ["Slowest invocations", 'filter @type = "REPORT"\n| fields @timestamp, @requestId, @duration, @maxMemoryUsed / 1000000 as memoryMB\n| sort @duration desc\n| limit 20'],
  ["Errors by group", "filter @message like /(?i)error|exception|timed out/\n| stats count(*) as errors by @log"],
  ["Duration by minute", 'filter @type = "REPORT"\n| stats avg(@duration), pct(@duration, 95), max(@duration) by bin(1m)'],
];

/** Insights runs queries, and draws what has a time in it. */
function Insights({ groups }: { groups: string[] }) {
  const q = route.value.query, seconds = Number(q.get("age") ?? 3600);
  const [text, set] = useState(q.get("query") ?? examples[0][1]);
  const [result, show] = useState<{ rows: Record<string, string>[]; stats: Doc; status: string; took: number }>();
  const [error, fail] = useState<Error>();
  const [running, setRunning] = useState("");
  const [chosen, choose] = useState<string[]>(groups.slice(0, 50));
  useEffect(() => choose(groups.slice(0, 50)), [groups.join()]);
  const stop = useRef(false);
  const run = async () => {
    fail(undefined);
    stop.current = false;
    const began = performance.now();
    setQuery({ query: text });
    try {
      const end = Math.ceil(now() / 1000);
      const { queryId } = await aws("logs", "StartQuery", { logGroupNames: chosen, startTime: end - seconds, endTime: end, queryString: text });
      setRunning(queryId);
      for (;;) {
        const out = await aws("logs", "GetQueryResults", { queryId });
        const rows = (out.results ?? []).map((r: Doc[]) => Object.fromEntries(r.filter((f) => f.field !== "@ptr").map((f) => [f.field, f.value ?? ""])));
        show({ rows, stats: out.statistics, status: out.status, took: performance.now() - began });
        if (!/Running|Scheduled/.test(out.status) || stop.current) break;
        await new Promise((r) => setTimeout(r, 300));
      }
    } catch (e) {
      fail(e as Error);
    }
    setRunning("");
  };
  return (
    <>
      <Card>
        <div class="stacked">
          <Area label="Query" rows={6} value={text} set={set} onSubmit={run} hint="Ctrl+Enter runs it." />
          <div class="row">
            <select aria-label="Examples" value="" onChange={(e) => { const x = examples[Number(e.currentTarget.value)]; if (x) set(x[1]); }}><option value="">Examples…</option>{examples.map(([name], i) => <option key={name} value={i}>{name}</option>)}</select>
            {groups.length > 1 && <select aria-label="Groups" value="" onChange={(e) => choose(e.currentTarget.value === "*" ? groups.slice(0, 50) : [e.currentTarget.value])}>
              <option value="">{chosen.length === 1 ? chosen[0] : `${chosen.length} groups`}</option><option value="*">All groups</option>{groups.map((g) => <option key={g}>{g}</option>)}</select>}
            <span class="grow" />
            <Select bare label="How far back" value={String(seconds)} set={(v) => setQuery({ age: v })} options={ages} />
            {running ? <Button icon="close" onClick={async () => { stop.current = true; await aws("logs", "StopQuery", { queryId: running }); }}>Stop</Button> : <Button kind="primary" icon="play" onClick={run}>Run</Button>}
          </div>
        </div>
      </Card>
      {error && (describe(error).title === "Not in this maru yet" ? <ErrorBox error={error} /> : <ErrorBox error={error} retry={run} />)}
      {running && !result && <Loading />}
      {result && <Results {...result} />}
    </>
  );
}

function Results({ rows, stats, status, took }: { rows: Record<string, string>[]; stats: Doc; status: string; took: number }) {
  const columns = useMemo(() => [...new Set(rows.flatMap((r) => Object.keys(r)))], [rows]);
  const bin = columns.find((c) => /^bin\(/.test(c));
  const numbers = columns.filter((c) => c !== bin && rows.length > 0 && rows.every((r) => r[c] === undefined || r[c] === "" || !Number.isNaN(Number(r[c]))));
  const words = columns.filter((c) => c !== bin && !numbers.includes(c));
  const summary = stats && <span class="dim small">{count(stats.recordsMatched ?? 0)} of {count(stats.recordsScanned ?? 0)} lines, {bytes(stats.bytesScanned ?? 0)} in {(took / 1000).toFixed(2)} s</span>;
  const series = bin ? numbers.flatMap((n) => {
    const by = new Map<string, [number, number][]>();
    for (const r of rows) {
      const key = words.length ? `${words.map((w) => r[w]).join(" ")}${numbers.length > 1 ? " " + n : ""}` : n;
      if (!by.has(key)) by.set(key, []);
      by.get(key)!.push([Date.parse(r[bin].replace(" ", "T") + "Z"), Number(r[n])]);
    }
    return [...by].map(([name, points]) => ({ name, points }));
  }).slice(0, 12) : [];
  const ranked = !bin && words.length === 1 && numbers.length >= 1 && rows.length > 1 && rows.length <= 40 && !columns.includes("@timestamp");
  return (
    <>
      {series.length > 0 && <Card title="Over time" actions={summary}><Chart label="Result" series={series} bars={series.length === 1} height={240} /></Card>}
      {ranked && <Card title={numbers[0]} actions={summary}><Ranked rows={rows.map((r) => [r[words[0]], Number(r[numbers[0]])] as [string, number]).sort((a, b) => b[1] - a[1])} /></Card>}
      <Card flush title={<>{count(rows.length)} {rows.length === 1 ? "row" : "rows"} <Badge tone={status === "Complete" ? "good" : status === "Failed" ? "bad" : "info"}>{status.toLowerCase()}</Badge></>} actions={!series.length && !ranked && summary}>
        <Table rows={rows} most={1000} empty={<Empty title="Nothing matches"><p>Look further back, or <a href={href(["logs"])}>see what groups there are</a>.</p></Empty>}
          columns={columns.map((c) => ({ head: c, cell: (r: Record<string, string>) => (c === "@message" ? <span class="mono said">{linesOf(r[c] ?? "").slice(0, 400)}</span> : r[c] ?? ""), sort: (r: Record<string, string>) => (numbers.includes(c) ? Number(r[c]) : r[c] ?? ""), right: numbers.includes(c) }))} />
      </Card>
    </>
  );
}
