// Pipes and schedules: what moves things on, and when.
import { useState } from "preact/hooks";
import { aws, pages, type Doc } from "../api";
import { shortName, stamp, toMillis } from "../format";
import { useLoad } from "../hooks";
import { KindIcon, viewOf } from "../kinds";
import { Badge, Button, Card, Dialog, Empty, Json, Link, Page, Show, State, Table, tabOf, Tabs } from "../ui";

function Thing({ arn }: { arn: string }) {
  if (!arn) return null;
  const v = viewOf("", arn), label = shortName(arn.split(/[:/]/).at(-1)!);
  return <span class="kind"><KindIcon type={arn} size={16} />{v ? <Link to={v}>{label}</Link> : label}</span>;
}

export function Pipes() {
  const tab = tabOf("pipes");
  const pipes = useLoad(async (signal) => Promise.all((await pages("pipes", "ListPipes", {}, "Pipes", ["NextToken", "NextToken"], 500, signal)).map((p) => aws("pipes", "DescribePipe", { Name: p.Name }, signal) as Promise<Doc>)), [], 5000);
  const schedules = useLoad(async (signal) => Promise.all((await pages("scheduler", "ListSchedules", {}, "Schedules", ["NextToken", "NextToken"], 500, signal)).map((s) => aws("scheduler", "GetSchedule", { Name: s.Name, GroupName: s.GroupName }, signal) as Promise<Doc>)), [], 6000);
  const [one, show] = useState<Doc>();
  return (
    <Page title="Pipes & schedules" icon="pipe">
      <Tabs items={[["pipes", "Pipes", pipes.data?.length], ["schedules", "Schedules", schedules.data?.length]]} />
      {tab === "pipes" ? <Card flush><Show of={pipes}>{(l) => <Table rows={l} keyOf={(p) => p.Arn} onPick={show} empty={<Empty icon="pipe" title="No pipe"><p>A pipe takes from a queue or stream, filters, enriches, and hands on.</p></Empty>} columns={[
        { head: "Pipe", cell: (p) => shortName(p.Name), sort: (p) => p.Name }, { head: "From", cell: (p) => <Thing arn={p.Source} /> }, { head: "Through", cell: (p) => <Thing arn={p.Enrichment ?? ""} />, wide: true }, { head: "To", cell: (p) => <Thing arn={p.Target} /> },
        { head: "State", cell: (p) => <span title={p.StateReason}><State>{p.CurrentState}</State></span> },
        { head: "", cell: (p) => <Button onClick={async () => { await aws("pipes", p.CurrentState === "RUNNING" ? "StopPipe" : "StartPipe", { Name: p.Name }); pipes.reload(); }}>{p.CurrentState === "RUNNING" ? "Stop" : "Start"}</Button>, right: true, wide: true }]} />}</Show></Card>
        : <Card flush><Show of={schedules}>{(l) => <Table rows={l} keyOf={(s) => s.Arn} onPick={show} empty={<Empty icon="clock" title="No schedule" />} columns={[
          { head: "Schedule", cell: (s) => <>{shortName(s.Name)} {s.GroupName !== "default" && <Badge>{s.GroupName}</Badge>}</>, sort: (s) => s.Name }, { head: "When", cell: (s) => <><span class="mono">{s.ScheduleExpression}</span> <span class="dim">{s.ScheduleExpressionTimezone}</span></> },
          { head: "To", cell: (s) => <Thing arn={s.Target?.Arn ?? ""} /> }, { head: "State", cell: (s) => <State>{s.State}</State> }, { head: "Until", cell: (s) => (s.EndDate ? stamp(toMillis(s.EndDate)) : ""), wide: true }]} />}</Show></Card>}
      {one && <Dialog wide title={one.Name} close={() => show(undefined)}><Json of={one} /></Dialog>}
    </Page>
  );
}
