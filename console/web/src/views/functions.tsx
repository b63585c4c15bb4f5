// Functions: invoked, configured, and followed.
import { useState } from "preact/hooks";
import { aws, lastTrace, now, pages, type Doc } from "../api";
import { Chart } from "../chart";
import { bytes, fromBase64, pretty, shortName, span, stamp, toBase64, toMillis } from "../format";
import { useLoad } from "../hooks";
import { KindIcon, viewOf } from "../kinds";
import { go, href, route } from "../router";
import { Area, Badge, Button, Card, Code, Confirm, Empty, ErrorBox, Facts, Form, Link, Page, Search, Select, Show, State, Table, tabOf, Tabs, Text, Time, toast } from "../ui";
import { LogLines, newest } from "./loglines";
import { load, periodFor } from "./metrics";
import { TraceTable } from "./traces";

export function Functions() {
  const name = route.value.parts[1];
  return name ? <One key={name} name={name} /> : <List />;
}

function List() {
  const list = useLoad((signal) => pages("lambda", "ListFunctions", {}, "Functions", ["Marker", "NextMarker"], 1000, signal), [], 6000);
  const q = (route.value.query.get("q") ?? "").toLowerCase();
  return (
    <Page title="Functions" icon="function" actions={<Search label="Find a function" />}>
      <Card flush><Show of={list}>{(l) => <Table rows={l.filter((f) => `${f.FunctionName} ${f.Description}`.toLowerCase().includes(q))} keyOf={(f) => f.FunctionArn} to={(f) => [["functions", f.FunctionName]]} empty={<Empty icon="function" title="No function"><p>Deploy one: <code>maru deploy template.yaml</code></p></Empty>} columns={[
        { head: "Function", cell: (f) => <div><div>{shortName(f.FunctionName)}</div>{f.Description && <div class="dim small" style={{ fontWeight: 400 }}>{f.Description}</div>}</div>, sort: (f) => f.FunctionName },
        { head: "Runtime", cell: (f) => f.Runtime ?? f.PackageType, sort: (f) => f.Runtime ?? "" },
        { head: "Memory", cell: (f) => `${f.MemorySize} MB`, right: true, wide: true, sort: (f) => f.MemorySize }, { head: "Timeout", cell: (f) => `${f.Timeout} s`, right: true, wide: true, sort: (f) => f.Timeout },
        { head: "State", cell: (f) => <State>{f.State ?? "Active"}</State>, wide: true }, { head: "Changed", cell: (f) => <Time at={toMillis(f.LastModified)} />, sort: (f) => toMillis(f.LastModified) }]} />}</Show></Card>
    </Page>
  );
}

function One({ name }: { name: string }) {
  const tab = tabOf("invoke");
  const [deleting, del] = useState(false);
  const f = useLoad((signal) => aws("lambda", "GetFunction", { FunctionName: name }, signal), [name]);
  const c = f.data?.Configuration as Doc | undefined;
  return (
    <Page title={name} icon="function" crumbs={[["Functions", ["functions"]]]} sub={c && <><State>{c.State ?? "Active"}</State><span>{c.Runtime ?? c.PackageType}</span><span>{c.MemorySize} MB</span><span>{c.Timeout} s</span>{c.Description && <span>{c.Description}</span>}</>}
      actions={<><Link class="button" to={["logs", "/aws/lambda/" + name]}>Logs</Link><a class="button" href={href(["traces"], { filter: `service(${JSON.stringify(name)})` })}>Traces</a><Button kind="danger" onClick={() => del(true)}>Delete</Button></>}>
      <Show of={f}>{(d) => <>
        {d.Configuration.StateReason && <div class="notice warn"><div><strong>{d.Configuration.StateReasonCode}</strong><p>{d.Configuration.StateReason}</p></div></div>}
        <Tabs items={[["invoke", "Invoke"], ["monitor", "Monitor"], ["config", "Configuration"], ["triggers", "Triggers"], ["versions", "Versions"]]} />
        {tab === "invoke" && <Invoke name={name} />}{tab === "monitor" && <Monitor name={name} />}{tab === "config" && <Config c={d.Configuration} reserved={d.Concurrency?.ReservedConcurrentExecutions} tags={d.Tags} reload={f.reload} />}
        {tab === "triggers" && <Triggers name={name} arn={d.Configuration.FunctionArn} />}{tab === "versions" && <Versions name={name} />}
      </>}</Show>
      {deleting && <Confirm title="Delete this function?" action="Delete" close={() => del(false)} act={async () => { await aws("lambda", "DeleteFunction", { FunctionName: name }); go(["functions"]); }}><p><b>{name}</b> goes, with its versions and aliases. Its log lines stay.</p></Confirm>}
    </Page>
  );
}

const samples: Record<string, unknown> = {
  "Empty": {}, "API (HTTP)": { version: "2.0", routeKey: "GET /", rawPath: "/", rawQueryString: "", headers: { host: "localhost" }, requestContext: { http: { method: "GET", path: "/", sourceIp: "127.0.0.1" }, stage: "$default" }, isBase64Encoded: false },
  "Queue": { Records: [{ messageId: "1", receiptHandle: "handle", body: "{}", attributes: {}, messageAttributes: {}, eventSource: "aws:sqs", eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:queue" }] },
  "Topic": { Records: [{ EventSource: "aws:sns", Sns: { Message: "{}", Subject: null, MessageAttributes: {} } }] },
  "Event": { version: "0", id: "1", "detail-type": "Something Happened", source: "my.app", time: "2030-01-01T00:00:00Z", resources: [], detail: {} },
};

function Invoke({ name }: { name: string }) {
  const [text, set] = useState("{}"), [how, setHow] = useState("RequestResponse");
  const [result, show] = useState<{ out: Doc; took: number; trace: string }>();
  return (
    <div class="grid2">
      <Card title="Event"><Form send="Invoke" submit={async () => {
        try { JSON.parse(text || "null"); } catch (e) { throw new Error(`The event is no JSON: ${(e as Error).message}`); }
        show(undefined);
        const began = performance.now();
        const out = await aws("lambda", "Invoke", { FunctionName: name, InvocationType: how, LogType: how === "RequestResponse" ? "Tail" : "None", Payload: toBase64(new TextEncoder().encode(text)) });
        show({ out, took: performance.now() - began, trace: lastTrace.value });
      }}>
        <Area label="JSON" rows={14} value={text} set={set} />
        <div class="row"><Select bare label="Samples" value="" set={(v) => samples[v] && set(JSON.stringify(samples[v], null, 2))} options={[["", "Samples…"], ...Object.keys(samples)]} /><Select bare label="How" value={how} set={setHow} options={[["RequestResponse", "and wait"], ["Event", "asynchronously"], ["DryRun", "dry run"]]} /></div>
      </Form></Card>
      <Card title="Answer" actions={result && <><Badge tone={result.out.FunctionError ? "bad" : "good"}>{result.out.FunctionError ? `failed: ${result.out.FunctionError}` : `status ${result.out.StatusCode}`}</Badge><span class="dim">{span(result.took)}</span>{result.trace && <Link to={["traces", result.trace]}>trace</Link>}</>}>
        {!result ? <Empty icon="function" title="No answer yet"><p>The answer and the log lines of the invocation show here.</p></Empty> : <div class="stacked">
          <Code text={result.out.Payload ? pretty(fromBase64(result.out.Payload)) : "accepted: it runs on its own"} />
          {result.out.LogResult && <LogLines lines={fromBase64(result.out.LogResult).trim().split("\n").map((message) => ({ at: now(), message }))} />}
        </div>}
      </Card>
    </div>
  );
}

function Monitor({ name }: { name: string }) {
  const seconds = 3600;
  const data = useLoad(async (signal) => {
    const end = now();
    const one = (Id: string, MetricName: string, Stat: string, Label: string): Doc => ({ Id, Label, MetricStat: { Metric: { Namespace: "AWS/Lambda", MetricName, Dimensions: [{ Name: "FunctionName", Value: name }] }, Period: periodFor(seconds), Stat } });
    const { series } = await load([one("a", "Invocations", "Sum", "Invocations"), one("b", "Errors", "Sum", "Errors"), one("c", "Duration", "Average", "Average"), one("d", "Duration", "p95", "95 %"), one("e", "ConcurrentExecutions", "Maximum", "At once"), one("f", "Throttles", "Sum", "Throttled")], end - seconds * 1000, end, signal);
    return { series, from: end - seconds * 1000, to: end };
  }, [name], 10_000);
  const traces = useLoad((signal) => aws("xray", "GetTraceSummaries", { StartTime: now() / 1000 - 3600, EndTime: now() / 1000 + 1, FilterExpression: `service(${JSON.stringify(name)})` }, signal).then((o) => ((o.TraceSummaries ?? []) as Doc[]).sort((a, b) => toMillis(b.StartTime) - toMillis(a.StartTime))), [name], 8000);
  const logs = useLoad((signal) => newest("/aws/lambda/" + name, now() - 86_400_000, now() + 1000, "", signal, 60).catch(() => []), [name], 5000);
  return <>
    <Show of={data}>{(d) => { const pick = (...n: string[]) => d.series.filter((s) => n.includes(s.name)); const at = { from: d.from, to: d.to, height: 170 }; return <div class="grid3">
      <Card title="Invocations and errors"><Chart label="Invocations and errors" series={pick("Invocations", "Errors").map((s) => (s.name === "Errors" ? { ...s, tone: "--bad" } : s))} {...at} /></Card>
      <Card title="Duration"><Chart label="Duration" series={pick("Average", "95 %")} unit="ms" {...at} /></Card>
      <Card title="At once"><Chart label="Concurrency" series={pick("At once", "Throttled")} {...at} /></Card></div>; }}</Show>
    <div class="grid2"><Card flush title="Traces"><Show of={traces}>{(l) => <TraceTable list={l.slice(0, 10)} brief />}</Show></Card>
      <Card flush title="Newest lines" actions={<Link to={["logs", "/aws/lambda/" + name]}>All</Link>}><Show of={logs}>{(l) => l.length ? <div class="scroll" tabIndex={0} role="region" aria-label="Lines"><LogLines lines={l} /></div> : <Empty title="No line yet" />}</Show></Card></div>
  </>;
}

function Config({ c, reserved, tags, reload }: { c: Doc; reserved?: number; tags?: Record<string, string>; reload: () => void }) {
  const [memory, setMemory] = useState(String(c.MemorySize)), [timeout, setTimeout_] = useState(String(c.Timeout)), [handler, setHandler] = useState(c.Handler ?? "");
  const [env, setEnv] = useState(Object.entries((c.Environment?.Variables ?? {}) as Record<string, string>).map(([k, v]) => `${k}=${v}`).join("\n"));
  return <div class="grid2">
    <Card title="Change"><Form send="Save" submit={async () => {
      const Variables = Object.fromEntries(env.split("\n").filter((l) => l.includes("=")).map((l) => [l.slice(0, l.indexOf("=")).trim(), l.slice(l.indexOf("=") + 1)]));
      await aws("lambda", "UpdateFunctionConfiguration", { FunctionName: c.FunctionName, MemorySize: Number(memory), Timeout: Number(timeout), ...(handler ? { Handler: handler } : {}), Environment: { Variables } });
      toast("Saved", "good");
      reload();
    }}>
      <div class="grid3"><Text label="Memory, MB" type="number" value={memory} set={setMemory} /><Text label="Timeout, s" type="number" value={timeout} set={setTimeout_} /></div>
      <Text label="Handler" value={handler} set={setHandler} /><Area label="Environment" rows={8} value={env} set={setEnv} hint="name=value, one a line" /></Form></Card>
    <Card title="As it is"><Facts of={[["ARN", <span class="mono">{c.FunctionArn}</span>], ["Role", c.Role && <span class="mono">{c.Role}</span>], ["Code", `${bytes(c.CodeSize)}`], ["SHA-256", <span class="mono">{c.CodeSha256}</span>], ["Changed", stamp(toMillis(c.LastModified))], ["Architecture", (c.Architectures ?? []).join(", ")], ["Reserved concurrency", reserved], ["Tracing", c.TracingConfig?.Mode], ["Layers", (c.Layers ?? []).map((l: Doc) => l.Arn).join(", ")], ["Scratch space", c.EphemeralStorage && `${c.EphemeralStorage.Size} MB`], ...Object.entries(tags ?? {})]} /></Card>
  </div>;
}

function Triggers({ name, arn }: { name: string; arn: string }) {
  const maps = useLoad((signal) => pages("lambda", "ListEventSourceMappings", { FunctionName: name }, "EventSourceMappings", ["Marker", "NextMarker"], 200, signal), [name], 5000);
  const policy = useLoad((signal) => aws("lambda", "GetPolicy", { FunctionName: name }, signal).then((o) => JSON.parse(o.Policy).Statement as Doc[]).catch(() => [] as Doc[]), [name]);
  const url = useLoad((signal) => aws("lambda", "GetFunctionUrlConfig", { FunctionName: name }, signal).catch(() => null), [name]);
  return <>
    <Card flush title="Polled sources"><Show of={maps}>{(l) => <Table rows={l} empty={<Empty title="No queue or stream is polled for it" />} columns={[
      { head: "Source", cell: (m) => { const v = viewOf("", m.EventSourceArn ?? ""); return <span class="kind"><KindIcon type={m.EventSourceArn ?? ""} />{v ? <Link to={v}>{shortName(m.EventSourceArn.split(":").at(-1)!)}</Link> : m.EventSourceArn}</span>; } },
      { head: "State", cell: (m) => <State>{m.State === "Enabled" ? "Enabled" : m.State}</State> }, { head: "Batch", cell: (m) => m.BatchSize, right: true }, { head: "Last result", cell: (m) => m.LastProcessingResult, wide: true },
      { head: "", cell: (m) => <Button onClick={async () => { await aws("lambda", "UpdateEventSourceMapping", { UUID: m.UUID, Enabled: m.State !== "Enabled" }); maps.reload(); }}>{m.State === "Enabled" ? "Pause" : "Go on"}</Button>, right: true }]} />}</Show></Card>
    <Card flush title="Who may invoke it"><Show of={policy}>{(l) => <Table rows={l} empty={<Empty title="Nobody but the account itself" />} columns={[{ head: "Who", cell: (s) => <span class="kind"><KindIcon type={JSON.stringify(s.Principal)} />{s.Principal?.Service ?? s.Principal?.AWS ?? JSON.stringify(s.Principal)}</span> }, { head: "What", cell: (s) => s.Action }, { head: "If", cell: (s) => <span class="mono small">{s.Condition ? JSON.stringify(s.Condition) : ""}</span>, wide: true }]} />}</Show></Card>
    {url.data && <Card title="Function URL"><Facts of={[["URL", <span class="mono">{url.data.FunctionUrl}</span>], ["Authentication", url.data.AuthType], ["Mode", url.data.InvokeMode]]} /></Card>}
    <p class="dim small mono">{arn}</p>
  </>;
}

function Versions({ name }: { name: string }) {
  const list = useLoad(async (signal) => { const [v, a] = await Promise.all([pages("lambda", "ListVersionsByFunction", { FunctionName: name }, "Versions", ["Marker", "NextMarker"], 500, signal), pages("lambda", "ListAliases", { FunctionName: name }, "Aliases", ["Marker", "NextMarker"], 500, signal)]); return { v: v.reverse(), a }; }, [name]);
  const [error, fail] = useState<Error>();
  return <>
    {error && <ErrorBox error={error} />}
    <Show of={list}>{({ v, a }) => <>
      <Card flush title="Versions" actions={<Button icon="plus" onClick={async () => { try { await aws("lambda", "PublishVersion", { FunctionName: name }); list.reload(); } catch (e) { fail(e as Error); } }}>Publish a version</Button>}><Table rows={v} columns={[{ head: "Version", cell: (x) => x.Version }, { head: "Aliases", cell: (x) => a.filter((y) => y.FunctionVersion === x.Version || y.RoutingConfig?.AdditionalVersionWeights?.[x.Version]).map((y) => <Badge key={y.Name} tone="info">{y.Name}{y.RoutingConfig?.AdditionalVersionWeights?.[x.Version] ? ` ${100 * y.RoutingConfig.AdditionalVersionWeights[x.Version]} %` : ""}</Badge>) }, { head: "Code", cell: (x) => <span class="mono">{String(x.CodeSha256).slice(0, 10)}</span>, wide: true }, { head: "Changed", cell: (x) => <Time at={toMillis(x.LastModified)} /> }]} /></Card>
    </>}</Show>
  </>;
}
