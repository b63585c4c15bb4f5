// Alarms: their states, what they watch, and what has happened.
import { useState } from "preact/hooks";
import { aws, Fault, now, pages, type Doc } from "../api";
import { Chart } from "../chart";
import { toMillis } from "../format";
import { useLoad } from "../hooks";
import { go, route } from "../router";
import { Area, Badge, Button, Card, Code, Confirm, Dialog, Empty, Facts, Form, Page, Search, Select, Show, Stat, State, Table, Text, Time, type Tone } from "../ui";
import { load, periodFor } from "./metrics";

export function Alarms() {
  const name = route.value.parts[1];
  return name ? <Alarm key={name} name={name} /> : <List />;
}

const comparisons: Record<string, string> = { GreaterThanThreshold: ">", GreaterThanOrEqualToThreshold: "≥", LessThanThreshold: "<", LessThanOrEqualToThreshold: "≤", LessThanLowerOrGreaterThanUpperThreshold: "outside of", LessThanLowerThreshold: "below", GreaterThanUpperThreshold: "above" };

/** rule says in words what an alarm watches. */
function rule(a: Doc): string {
  if (a.AlarmRule) return a.AlarmRule;
  const what = a.MetricName ? `${a.Statistic ?? a.ExtendedStatistic ?? ""} ${a.MetricName}` : a.Metrics?.find((m: Doc) => m.ReturnData !== false)?.Expression ?? a.Metrics?.[0]?.MetricStat?.Metric?.MetricName ?? "";
  return `${what} ${comparisons[a.ComparisonOperator] ?? a.ComparisonOperator} ${a.Threshold ?? "band"}, ${a.DatapointsToAlarm ?? a.EvaluationPeriods} of ${a.EvaluationPeriods} × ${a.Period ?? a.Metrics?.find((m: Doc) => m.MetricStat)?.MetricStat.Period ?? "?"} s`;
}

const order = ["ALARM", "INSUFFICIENT_DATA", "OK"];

function List() {
  const alarms = useLoad(async (signal) => {
    const all: Doc[] = [];
    let next: string | undefined;
    do {
      const out: Doc = await aws("cloudwatch", "DescribeAlarms", { AlarmTypes: ["MetricAlarm", "CompositeAlarm"], ...(next ? { NextToken: next } : {}) }, signal);
      all.push(...(out.MetricAlarms ?? []), ...(out.CompositeAlarms ?? []));
      next = out.NextToken;
    } while (next);
    return all.sort((a, b) => order.indexOf(a.StateValue) - order.indexOf(b.StateValue) || a.AlarmName.localeCompare(b.AlarmName));
  }, [], 5000);
  const [making, make] = useState(false);
  const q = (route.value.query.get("q") ?? "").toLowerCase();
  const n = (state: string) => alarms.data?.filter((a) => a.StateValue === state).length ?? 0;
  return (
    <Page title="Alarms" icon="alarm" actions={<><Search label="Find an alarm" /><Button kind="primary" icon="plus" onClick={() => make(true)}>New alarm</Button></>}>
      {alarms.data && alarms.data.length > 0 && <div class="stats"><Stat label="in alarm" value={n("ALARM")} tone={n("ALARM") ? "bad" : undefined} /><Stat label="without enough data" value={n("INSUFFICIENT_DATA")} tone={n("INSUFFICIENT_DATA") ? "warn" : undefined} /><Stat label="well" value={n("OK")} tone="good" /></div>}
      <Card flush><Show of={alarms}>{(list) => <Table rows={list.filter((a) => a.AlarmName.toLowerCase().includes(q))} keyOf={(a) => a.AlarmArn} to={(a) => [["alarms", a.AlarmName]]}
        empty={<Empty icon="alarm" title="No alarm"><p>An alarm watches a metric, and tells when it leaves its bounds.</p></Empty>} columns={[
          { head: "Alarm", cell: (a) => a.AlarmName, sort: (a) => a.AlarmName },
          { head: "State", cell: (a) => <State>{a.StateValue}</State>, sort: (a) => order.indexOf(a.StateValue) },
          { head: "Watches", cell: (a) => <span class="dim">{rule(a)}</span>, wide: true },
          { head: "Since", cell: (a) => <Time at={toMillis(a.StateTransitionedTimestamp ?? a.StateUpdatedTimestamp)} />, sort: (a) => toMillis(a.StateUpdatedTimestamp) },
        ]} />}</Show></Card>
      {making && <Make close={() => make(false)} done={() => { make(false); alarms.reload(); }} />}
    </Page>
  );
}

/** Make asks for the alarm that most people want: one metric, one bound. */
function Make({ close, done }: { close: () => void; done: () => void }) {
  const metrics = useLoad((signal) => pages("cloudwatch", "ListMetrics", {}, "Metrics", ["NextToken", "NextToken"], 2000, signal), []);
  const [name, setName] = useState(""), [metric, setMetric] = useState(""), [stat, setStat] = useState("Sum"), [op, setOp] = useState("GreaterThanThreshold"), [bound, setBound] = useState("0"), [period, setPeriod] = useState("60"), [periods, setPeriods] = useState("1"), [action, setAction] = useState(""), [missing, setMissing] = useState("notBreaching");
  const options: [string, string][] = [["", "Choose…"], ...(metrics.data ?? []).map((m) => [JSON.stringify(m), `${m.Namespace} ${m.MetricName} ${(m.Dimensions ?? []).map((d: Doc) => d.Value).join(" ")}`] as [string, string])];
  return <Dialog title="New alarm" close={close} wide><Form send="Make the alarm" submit={async () => {
    if (!metric) throw new Error("Choose the metric to watch.");
    const m = JSON.parse(metric);
    await aws("cloudwatch", "PutMetricAlarm", { AlarmName: name, Namespace: m.Namespace, MetricName: m.MetricName, Dimensions: m.Dimensions ?? [], ...(stat.startsWith("p") ? { ExtendedStatistic: stat } : { Statistic: stat }), ComparisonOperator: op, Threshold: Number(bound), Period: Number(period), EvaluationPeriods: Number(periods), TreatMissingData: missing, ...(action ? { AlarmActions: [action] } : {}) });
    done();
  }}>
    <Text label="Name" value={name} set={setName} required />
    <Select label="Metric" value={metric} set={setMetric} options={options} />
    <div class="grid3">
      <Select label="Statistic" value={stat} set={setStat} options={["Sum", "Average", "Maximum", "Minimum", "SampleCount", "p90", "p99"]} />
      <Select label="Is" value={op} set={setOp} options={Object.entries(comparisons).slice(0, 4)} />
      <Text label="Bound" value={bound} set={setBound} type="number" />
      <Text label="Period, in seconds" value={period} set={setPeriod} type="number" />
      <Text label="Periods" value={periods} set={setPeriods} type="number" />
      <Select label="Missing data" value={missing} set={setMissing} options={["notBreaching", "breaching", "ignore", "missing"]} />
    </div>
    <Text label="Tell (ARN of a topic or function)" value={action} set={setAction} placeholder="arn:aws:sns:…" />
  </Form></Dialog>;
}

function Alarm({ name }: { name: string }) {
  const alarm = useLoad(async (signal) => {
    const out = await aws("cloudwatch", "DescribeAlarms", { AlarmNames: [name], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }, signal);
    const a = out.MetricAlarms?.[0] ?? out.CompositeAlarms?.[0];
    if (!a) throw new Fault("ResourceNotFound", `There is no alarm ${name}.`, 404);
    return a as Doc;
  }, [name], 5000);
  const history = useLoad((signal) => pages("cloudwatch", "DescribeAlarmHistory", { AlarmName: name, AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }, "AlarmHistoryItems", ["NextToken", "NextToken"], 200, signal), [name], 5000);
  const [setting, set] = useState(false), [deleting, del] = useState(false);
  return (
    <Page title={name} icon="alarm" crumbs={[["Alarms", ["alarms"]]]} sub={alarm.data && <><State>{alarm.data.StateValue}</State><span>since <Time at={toMillis(alarm.data.StateTransitionedTimestamp ?? alarm.data.StateUpdatedTimestamp)} /></span></>} actions={<>
      <Button onClick={() => set(true)}>Set state</Button>
      <Button onClick={async () => { await aws("cloudwatch", alarm.data!.ActionsEnabled ? "DisableAlarmActions" : "EnableAlarmActions", { AlarmNames: [name] }); alarm.reload(); }} disabled={!alarm.data}>{alarm.data?.ActionsEnabled === false ? "Let it act" : "Keep it quiet"}</Button>
      <Button kind="danger" onClick={() => del(true)}>Delete</Button></>}>
      <Show of={alarm}>{(a) => <>
        {!a.AlarmRule && <Card title={rule(a)}><Watched alarm={a} /></Card>}
        <Card><Facts of={[["Watches", rule(a)], ["Reason", a.StateReason], ["Description", a.AlarmDescription], ["Missing data", a.TreatMissingData ?? "missing"], ["Acts", a.ActionsEnabled ? "yes" : <Badge tone="warn">kept quiet</Badge>], ["In alarm", (a.AlarmActions ?? []).join(", ")], ["When well", (a.OKActions ?? []).join(", ")], ["Without data", (a.InsufficientDataActions ?? []).join(", ")]]} /></Card>
      </>}</Show>
      <Card flush title="History"><Show of={history}>{(list) => <Table rows={list} empty={<Empty title="Nothing has happened yet" />} columns={[
        { head: "When", cell: (h) => <Time at={toMillis(h.Timestamp)} /> }, { head: "Kind", cell: (h) => <Badge tone={kindTone(h)}>{h.HistoryItemType.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase()}</Badge> }, { head: "What", cell: (h) => <details><summary>{h.HistorySummary}</summary><Code text={JSON.stringify(JSON.parse(h.HistoryData || "{}"), null, 2)} /></details> }]} />}</Show></Card>
      {setting && <SetState name={name} close={() => { set(false); alarm.reload(); history.reload(); }} />}
      {deleting && <Confirm title="Delete this alarm?" action="Delete" close={() => del(false)} act={async () => { await aws("cloudwatch", "DeleteAlarms", { AlarmNames: [name] }); go(["alarms"]); }}><p>Nothing watches <b>{rule(alarm.data ?? {})}</b> any more.</p></Confirm>}
    </Page>
  );
}

const kindTone = (h: Doc): Tone => (h.HistoryItemType === "Action" ? "info" : /to ALARM/.test(h.HistorySummary) ? "bad" : /to OK/.test(h.HistorySummary) ? "good" : "quiet");

/** Watched draws what the alarm looks at, with its bound. */
function Watched({ alarm: a }: { alarm: Doc }) {
  const period = a.Period ?? a.Metrics?.find((m: Doc) => m.MetricStat)?.MetricStat.Period ?? 60;
  const seconds = Math.min(86400, Math.max(3600, period * 60));
  const data = useLoad(async (signal) => {
    const end = now();
    const queries: Doc[] = a.Metrics?.length ? a.Metrics : [{ Id: "m1", MetricStat: { Metric: { Namespace: a.Namespace, MetricName: a.MetricName, Dimensions: a.Dimensions ?? [] }, Period: Math.max(period, periodFor(seconds) > 300 ? period : Math.min(period, 3600)), Stat: a.Statistic ?? a.ExtendedStatistic } }];
    return { ...(await load(queries, end - seconds * 1000, end, signal)), from: end - seconds * 1000, to: end };
  }, [a.AlarmArn, a.AlarmConfigurationUpdatedTimestamp], 15_000);
  return <Show of={data}>{(d) => <Chart label="What the alarm watches" series={d.series.length ? d.series : [{ name: a.MetricName ?? "metric", points: [] }]} from={d.from} to={d.to} level={a.Threshold} />}</Show>;
}

function SetState({ name, close }: { name: string; close: () => void }) {
  const [state, set] = useState("ALARM"), [reason, say] = useState("Tried from the console");
  return <Dialog title="Set the alarm's state" close={close}><Form send="Set" submit={async () => { await aws("cloudwatch", "SetAlarmState", { AlarmName: name, StateValue: state, StateReason: reason }); close(); }}>
    <Select label="State" value={state} set={set} options={["ALARM", "OK", "INSUFFICIENT_DATA"]} /><Area label="Reason" rows={2} value={reason} set={say} hint="It holds until the alarm is evaluated again. Its actions are taken." /></Form></Dialog>;
}
