// State machines: their definition drawn, and executions as they run.
import { useState } from "preact/hooks";
import { aws, Fault, lastTrace, now, pages, type Doc } from "../api";
import { clock, lastOf, pretty, shortName, span, stamp, toMillis } from "../format";
import { useLoad, useTick } from "../hooks";
import { go, href, route, setQuery } from "../router";
import { Area, Badge, Button, Card, Code, Confirm, Dialog, Empty, Facts, Form, Link, Page, Search, Show, State, Table, tabOf, Tabs, Text, Time, toast } from "../ui";
import { Graph, type Mark } from "./asl";

export function Machines() {
  const [, name, execution] = route.value.parts;
  return execution ? <Execution key={execution} machine={name} name={execution} /> : name ? <Machine key={name} name={name} /> : <List />;
}

const machinesOf = (signal?: AbortSignal) => pages("states", "ListStateMachines", {}, "stateMachines", ["nextToken", "nextToken"], 1000, signal);

function List() {
  const list = useLoad(machinesOf, [], 6000);
  const q = (route.value.query.get("q") ?? "").toLowerCase();
  return (
    <Page title="State machines" icon="machine" actions={<Search label="Find a state machine" />}>
      <Card flush><Show of={list}>{(l) => <Table rows={l.filter((m) => m.name.toLowerCase().includes(q))} keyOf={(m) => m.stateMachineArn} to={(m) => [["machines", m.name]]} empty={<Empty icon="machine" title="No state machine"><p>Deploy one: <code>maru deploy examples/w08-workflow/template.yaml</code></p></Empty>} columns={[
        { head: "State machine", cell: (m) => shortName(m.name), sort: (m) => m.name }, { head: "Type", cell: (m) => m.type.toLowerCase() }, { head: "Made", cell: (m) => <Time at={toMillis(m.creationDate)} />, sort: (m) => toMillis(m.creationDate), wide: true }]} />}</Show></Card>
    </Page>
  );
}

async function find(name: string, signal: AbortSignal): Promise<Doc> {
  const m = (await machinesOf(signal)).find((x) => x.name === name);
  if (!m) throw new Fault("StateMachineDoesNotExist", `There is no state machine ${name}.`, 404);
  return aws("states", "DescribeStateMachine", { stateMachineArn: m.stateMachineArn }, signal);
}

function Machine({ name }: { name: string }) {
  const tab = tabOf("graph");
  const [doing, act] = useState(""), [chosen, choose] = useState("");
  const machine = useLoad((signal) => find(name, signal), [name]);
  const m = machine.data;
  const executions = useLoad((signal) => m && m.type === "STANDARD" ? pages("states", "ListExecutions", { stateMachineArn: m.stateMachineArn, maxResults: 100 }, "executions", ["nextToken", "nextToken"], 200, signal) : Promise.resolve([] as Doc[]), [m?.stateMachineArn], 3000);
  const state = m && chosen ? stateOf(JSON.parse(m.definition), chosen) : undefined;
  return (
    <Page title={name} icon="machine" crumbs={[["State machines", ["machines"]]]} sub={m && <><State>{m.status}</State><span>{m.type.toLowerCase()}</span></>} actions={<><Button kind="primary" icon="play" onClick={() => act("start")}>Start</Button><Button onClick={() => act("edit")}>Edit</Button><Button kind="danger" onClick={() => act("delete")}>Delete</Button></>}>
      <Show of={machine}>{(d) => <>
        <Tabs items={[["graph", "Definition"], ...(d.type === "STANDARD" ? [["runs", "Executions", executions.data?.length] as [string, string, number | undefined]] : []).map((x) => x as [string, string, number?]), ["code", "Language"], ["settings", "Settings"]]} />
        {tab === "graph" && <div class={state ? "split" : ""}><div class="stacked"><Graph definition={d.definition} chosen={chosen} choose={choose} />{d.type === "STANDARD" && <Runs name={name} list={(executions.data ?? []).slice(0, 8)} brief />}</div>{state && <Card title={chosen} actions={<Button kind="quiet" icon="close" label="Close" onClick={() => choose("")} />}><Code text={JSON.stringify(state, null, 2)} /></Card>}</div>}
        {tab === "runs" && <Runs name={name} list={executions.data ?? []} />}
        {tab === "code" && <Card><Code text={pretty(d.definition)} /></Card>}
        {tab === "settings" && <Card><Facts of={[["ARN", <span class="mono">{d.stateMachineArn}</span>], ["Role", <span class="mono">{d.roleArn}</span>], ["Made", stamp(toMillis(d.creationDate))], ["Revision", d.revisionId], ["Logging", d.loggingConfiguration?.level], ["Tracing", d.tracingConfiguration?.enabled ? "on" : "off"]]} /></Card>}
        {doing === "start" && <Start machine={d} close={() => act("")} />}
        {doing === "edit" && <Edit machine={d} close={() => { act(""); machine.reload(); }} />}
        {doing === "delete" && <Confirm title="Delete this state machine?" action="Delete" close={() => act("")} act={async () => { await aws("states", "DeleteStateMachine", { stateMachineArn: d.stateMachineArn }); go(["machines"]); }}><p>Executions of <b>{name}</b> that run come to their end first.</p></Confirm>}
      </>}</Show>
    </Page>
  );
}

/** stateOf finds a state by its name, however deep. */
function stateOf(scope: Doc, name: string): Doc | undefined {
  for (const [n, s] of Object.entries((scope?.States ?? {}) as Record<string, Doc>)) {
    if (n === name) return s;
    for (const inner of [...(s.Branches ?? []), s.ItemProcessor, s.Iterator]) { const found = inner && stateOf(inner, name); if (found) return found; }
  }
  return undefined;
}

function Runs({ name, list, brief }: { name: string; list: Doc[]; brief?: boolean }) {
  useTick(1000);
  return <Card flush title={brief ? "Newest executions" : undefined}><Table rows={list} keyOf={(e) => e.executionArn} to={(e) => [["machines", name, e.name]]} empty={<Empty icon="machine" title="It has not run yet"><p>Start it above.</p></Empty>} columns={[
    { head: "Execution", cell: (e) => <span class="mono">{e.name}</span> }, { head: "State", cell: (e) => <State>{e.status}</State> },
    { head: "Began", cell: (e) => <Time at={toMillis(e.startDate)} />, sort: (e) => toMillis(e.startDate) }, { head: "Took", cell: (e) => span((e.stopDate ? toMillis(e.stopDate) : now()) - toMillis(e.startDate)), right: true, wide: true }]} /></Card>;
}

function Start({ machine: m, close }: { machine: Doc; close: () => void }) {
  const [input, set] = useState("{}"), [name, setName] = useState(""), [answer, show] = useState<Doc>();
  const express = m.type === "EXPRESS";
  return <Dialog wide title={express ? "Run" : "Start an execution"} close={close}>
    <Form send="Start" submit={async () => {
      const out = await aws("states", express ? "StartSyncExecution" : "StartExecution", { stateMachineArn: m.stateMachineArn, input, ...(name ? { name } : {}) });
      if (express) show({ ...out, trace: lastTrace.value });
      else { close(); go(["machines", m.name, lastOf(out.executionArn)]); }
    }}><Area label="Input" value={input} set={set} rows={10} /><Text label="Name" value={name} set={setName} placeholder="one is made up" /></Form>
    {answer && <><Facts of={[["State", <State>{answer.status}</State>], ["Error", answer.error], ["Cause", answer.cause], ["Trace", answer.trace && <Link to={["traces", answer.trace]}>{answer.trace.slice(-8)}</Link>]]} /><Code text={pretty(answer.output ?? "")} /></>}
  </Dialog>;
}

function Edit({ machine: m, close }: { machine: Doc; close: () => void }) {
  const [text, set] = useState(pretty(m.definition));
  const [found, tell] = useState<Doc[]>([]);
  const check = async () => { const out = await aws("states", "ValidateStateMachineDefinition", { definition: text, type: m.type }); tell(out.diagnostics ?? []); if (out.result === "OK") toast("It is in order", "good"); return out.result === "OK"; };
  return <Dialog wide title="Edit the definition" close={close}><Form send="Save" extra={<Button onClick={check}>Check</Button>} submit={async () => { if (await check()) { await aws("states", "UpdateStateMachine", { stateMachineArn: m.stateMachineArn, definition: text }); close(); } }}>
    <Area label="Definition" rows={22} value={text} set={set} />{found.map((f, i) => <div key={i} class={`notice ${f.severity === "ERROR" ? "bad" : "warn"}`}><div><strong>{f.location || f.code}</strong><p>{f.message}</p></div></div>)}</Form></Dialog>;
}

/** Step is one stay in a state. */
interface Step { name: string; type: string; start: number; end?: number; input?: string; output?: string; failed: number; error?: string; cause?: string; events: Doc[]; retries: number }

/** detailsOf finds the details of a history event, whatever their member is called. */
const detailsOf = (e: Doc): Doc => Object.entries(e).find(([k]) => k.endsWith("EventDetails"))?.[1] ?? {};

/** stepsOf reads stays from a history. An event belongs to the stay that its line of predecessors leads to. */
function stepsOf(events: Doc[]): { steps: Step[]; owner: Map<number, Step> } {
  const steps: Step[] = [], owner = new Map<number, Step>();
  for (const e of events) {
    const d = detailsOf(e);
    if (/StateEntered$/.test(e.type)) {
      const step: Step = { name: d.name, type: e.type.replace(/StateEntered$/, ""), start: toMillis(e.timestamp), input: d.input, failed: 0, retries: 0, events: [] };
      steps.push(step);
      owner.set(e.id, step);
      continue;
    }
    let step = owner.get(e.previousEventId);
    if (/StateExited$/.test(e.type)) {
      step = steps.findLast((s) => s.name === d.name && s.end === undefined && (s === step || step?.name !== d.name)) ?? step;
      if (step) { step.end = toMillis(e.timestamp); step.output = d.output; }
    } else if (step && step.end === undefined) {
      step.events.push(e);
      if (/(Failed|TimedOut|Aborted)$/.test(e.type) && !/^Execution/.test(e.type)) { step.failed++; step.error = d.error ?? e.type; step.cause = d.cause; }
      if (/Scheduled$/.test(e.type) && step.failed) step.retries++;
    }
    if (step) owner.set(e.id, step);
  }
  return { steps, owner };
}

/** marksOf tells how each state stands. */
function marksOf(steps: Step[], running: boolean): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const s of steps) {
    const tone = s.end === undefined ? (running ? (s.failed ? "warn" : "info") : "bad") : s.failed ? "warn" : "good";
    const old = marks.get(s.name);
    const rank = { bad: 4, info: 3, warn: 2, good: 1, quiet: 0 };
    const n = (old?.count ?? 0) + 1;
    const time = s.end === undefined ? (running ? (s.retries ? `try ${s.retries + 1}` : "at work") : s.error ?? "stopped") : span(s.end - s.start);
    marks.set(s.name, { tone: old && rank[old.tone] > rank[tone] ? old.tone : tone, count: n, note: n > 1 ? `${n} times` : time });
  }
  return marks;
}

function Execution({ machine, name }: { machine: string; name: string }) {
  const tab = tabOf("graph"), chosen = route.value.query.get("state") ?? "";
  const [running, setRunning] = useState(true);
  const loaded = useLoad(async (signal) => {
    const m = (await machinesOf(signal)).find((x) => x.name === machine);
    if (!m) throw new Fault("StateMachineDoesNotExist", `There is no state machine ${machine}.`, 404);
    const executionArn = m.stateMachineArn.replace(":stateMachine:", ":execution:") + ":" + name;
    const [e, d, events] = await Promise.all([
      aws("states", "DescribeExecution", { executionArn }, signal), aws("states", "DescribeStateMachineForExecution", { executionArn }, signal),
      pages("states", "GetExecutionHistory", { executionArn, maxResults: 1000, includeExecutionData: true }, "events", ["nextToken", "nextToken"], 10_000, signal)]);
    setRunning(e.status === "RUNNING" || e.status === "PENDING_REDRIVE");
    return { e: e as Doc, definition: d.definition as string, events, ...stepsOf(events) };
  }, [machine, name], running ? 700 : 0);
  return (
    <Page title={name} icon="machine" crumbs={[["State machines", ["machines"]], [shortName(machine), ["machines", machine]]]} sub={loaded.data && <>{running && <span class="live">live</span>}<State>{loaded.data.e.status}</State><span>{span((loaded.data.e.stopDate ? toMillis(loaded.data.e.stopDate) : now()) - toMillis(loaded.data.e.startDate))}</span>
      {loaded.data.e.traceHeader && <Link to={["traces", /Root=([^;]+)/.exec(loaded.data.e.traceHeader)?.[1] ?? ""]}>trace</Link>}</>} actions={loaded.data && (running ? <Button kind="danger" onClick={async () => { await aws("states", "StopExecution", { executionArn: loaded.data!.e.executionArn, cause: "stopped in the console" }); loaded.reload(); }}>Stop</Button>
        : loaded.data.e.status !== "SUCCEEDED" && <Button kind="primary" onClick={async () => { await aws("states", "RedriveExecution", { executionArn: loaded.data!.e.executionArn }); setRunning(true); loaded.reload(); }}>Redrive</Button>)}>
      <Show of={loaded}>{(d) => {
        const failed = d.e.error && <div class="notice bad" role="alert"><div><strong>{d.e.error}</strong><p>{d.e.cause}</p></div></div>;
        const stays = d.steps.filter((s) => s.name === chosen);
        return <>
          {failed}
          <Tabs items={[["graph", "Graph"], ["steps", "Steps", d.steps.length], ["events", "Events", d.events.length], ["data", "Input and output"]]} />
          {tab === "graph" && <div class={chosen ? "split" : ""}><Graph definition={d.definition} marks={marksOf(d.steps, running)} chosen={chosen} choose={(s) => setQuery({ state: s })} />
            {chosen && <Card title={chosen} actions={<Button kind="quiet" icon="close" label="Close" onClick={() => setQuery({ state: "" })} />}>{stays.length ? <div class="stacked">{stays.slice(-20).map((s, i) => <Stay key={i} step={s} running={running} />)}</div> : <p class="dim">The execution has not come here.</p>}</Card>}</div>}
          {tab === "steps" && <Steps steps={d.steps} running={running} end={d.e.stopDate ? toMillis(d.e.stopDate) : now()} start={toMillis(d.e.startDate)} />}
          {tab === "events" && <Card flush><Table rows={d.events} keyOf={(e) => String(e.id)} most={1000} columns={[{ head: "#", cell: (e) => e.id, right: true }, { head: "When", cell: (e) => <span class="nowrap">{clock(toMillis(e.timestamp))}</span> }, { head: "Event", cell: (e) => <details><summary>{e.type}{d.owner.get(e.id) && <span class="dim"> {d.owner.get(e.id)!.name}</span>}</summary><Code text={JSON.stringify(detailsOf(e), null, 2)} /></details> }]} /></Card>}
          {tab === "data" && <div class="grid2"><Card title="Input"><Code text={pretty(d.e.input ?? "")} /></Card><Card title="Output"><Code text={pretty(d.e.output ?? (running ? "it runs" : "none"))} /></Card></div>}
        </>;
      }}</Show>
    </Page>
  );
}

/** Stay is what is known of one stay in a state. */
function Stay({ step: s, running }: { step: Step; running: boolean }) {
  const resource = s.events.map(detailsOf).find((x) => x.resource)?.resource;
  return <div class="stacked">
    <Facts of={[["Began", clock(s.start)], ["Took", s.end === undefined ? (running ? <Badge tone="info">at work</Badge> : <Badge tone="bad">never left</Badge>) : span(s.end - s.start)], ["Tried again", s.retries || undefined], ["Calls", resource]]} />
    {s.error && <div class={`notice ${s.end === undefined && !running ? "bad" : "warn"}`}><div><strong>{s.error}</strong><p>{s.cause}</p></div></div>}
    {s.input !== undefined && <div><p class="dim small">Input</p><Code text={pretty(s.input)} /></div>}
    {s.output !== undefined && <div><p class="dim small">Output</p><Code text={pretty(s.output)} /></div>}
  </div>;
}

/** Steps draws each stay at its time. */
function Steps({ steps, running, start, end }: { steps: Step[]; running: boolean; start: number; end: number }) {
  const whole = Math.max(end - start, 1);
  return <Card flush><div class="fall">
    <div class="head"><span>State</span><div class="scale">{[0, 0.5, 1].map((f) => <span key={f} style={{ left: `${100 * f}%` }}>{f ? span(whole * f) : "0"}</span>)}</div><span class="took">took</span></div>
    {steps.slice(0, 500).map((s, i) => { const to = s.end ?? end; return <a key={i} class="hop" style={{ color: "inherit", textDecoration: "none" }} href={href(route.value.parts, { state: s.name })}>
      <span class="name" style={{ paddingLeft: "16px" }}><span class="label"><b>{s.name}</b> <span class="dim">{s.type}</span></span>{s.failed > 0 && <Badge tone="warn">{s.error ?? "failed"}</Badge>}</span>
      <span class="lane"><span class={`beam ${s.end === undefined && !running ? "bad" : s.failed ? "warn" : ""} ${s.end === undefined && running ? "open" : ""}`} style={{ left: `${(100 * (s.start - start)) / whole}%`, width: `${(100 * (to - s.start)) / whole}%` }} /></span><span class="took">{s.end === undefined ? "…" : span(s.end - s.start)}</span></a>; })}
  </div></Card>;
}
