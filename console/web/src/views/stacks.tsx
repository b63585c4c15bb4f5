// Stacks: their resources, and what happens to them as it happens.
import { useState } from "preact/hooks";
import { aws, pages, type Doc } from "../api";
import { clock, lastOf, pretty, stamp, toMillis } from "../format";
import { useLoad } from "../hooks";
import { KindIcon, viewOf } from "../kinds";
import { go, route } from "../router";
import { Badge, Button, Card, Code, Confirm, Empty, Facts, Link, Page, Search, Show, Stat, State, Table, tabOf, Tabs, Time } from "../ui";

export function Stacks() {
  const name = route.value.parts[1];
  return name ? <Stack key={name} name={name} /> : <List />;
}

function List() {
  const list = useLoad((signal) => pages("cloudformation", "DescribeStacks", {}, "Stacks", ["NextToken", "NextToken"], 500, signal), [], 4000);
  const q = (route.value.query.get("q") ?? "").toLowerCase();
  return (
    <Page title="Stacks" icon="stack" actions={<Search label="Find a stack" />}>
      <Card flush><Show of={list}>{(l) => <Table rows={l.filter((s) => s.StackName.toLowerCase().includes(q))} keyOf={(s) => s.StackId} to={(s) => [["stacks", s.StackName]]} empty={<Empty icon="stack" title="No stack"><p>Deploy one: <code>maru deploy template.yaml</code></p></Empty>} columns={[
        { head: "Stack", cell: (s) => <span class="nowrap">{s.StackName}</span>, sort: (s) => s.StackName }, { head: "State", cell: (s) => <State>{s.StackStatus}</State> }, { head: "About", cell: (s) => <span class="cut dim" title={s.Description}>{s.Description ?? ""}</span>, wide: true }, { head: "Changed", cell: (s) => <span class="nowrap"><Time at={toMillis(s.LastUpdatedTime ?? s.CreationTime)} /></span> }]} />}</Show></Card>
    </Page>
  );
}

const under = (state: string) => /_IN_PROGRESS$/.test(state);

function Stack({ name }: { name: string }) {
  const tab = tabOf("resources");
  const [deleting, del] = useState(false), [moving, setMoving] = useState(true);
  const stack = useLoad(async (signal) => {
    const [s, resources, events] = await Promise.all([
      aws("cloudformation", "DescribeStacks", { StackName: name }, signal).then((o) => o.Stacks[0] as Doc), aws("cloudformation", "DescribeStackResources", { StackName: name }, signal).then((o) => (o.StackResources ?? []) as Doc[]),
      pages("cloudformation", "DescribeStackEvents", { StackName: name }, "StackEvents", ["NextToken", "NextToken"], 1000, signal)]);
    setMoving(under(s.StackStatus));
    return { s, resources, events };
  }, [name], moving ? 800 : 5000);
  const t = useLoad((signal) => tab === "template" ? aws("cloudformation", "GetTemplate", { StackName: name, TemplateStage: "Original" }, signal).then((o) => (typeof o.TemplateBody === "string" ? o.TemplateBody : JSON.stringify(o.TemplateBody, null, 2)) as string) : Promise.resolve(""), [name, tab]);
  return (
    <Page title={name} icon="stack" crumbs={[["Stacks", ["stacks"]]]} sub={stack.data && <><State>{stack.data.s.StackStatus}</State>{stack.data.s.StackStatusReason && <span>{stack.data.s.StackStatusReason}</span>}</>} actions={<Button kind="danger" onClick={() => del(true)}>Delete</Button>}>
      <Show of={stack}>{({ s, resources, events }) => {
        const done = resources.filter((r) => /_COMPLETE$/.test(r.ResourceStatus)).length;
        return <>
          {s.Description && <p class="dim">{s.Description}</p>}
          {under(s.StackStatus) && <progress style={{ width: "100%" }} max={resources.length || 1} value={done} aria-label="Resources that are done" />}
          <div class="stats"><Stat label="resources" value={resources.length} /><Stat label="failed" value={resources.filter((r) => /FAILED/.test(r.ResourceStatus)).length} tone={resources.some((r) => /FAILED/.test(r.ResourceStatus)) ? "bad" : undefined} />{under(s.StackStatus) && <Stat label="done" value={`${done} of ${resources.length}`} />}</div>
          <Tabs items={[["resources", "Resources", resources.length], ["events", "Events", events.length], ["outputs", "Outputs", (s.Outputs ?? []).length], ["parameters", "Parameters"], ["template", "Template"]]} />
          {tab === "resources" && <Card flush><Table rows={[...resources].sort((a, b) => a.ResourceType.localeCompare(b.ResourceType) || a.LogicalResourceId.localeCompare(b.LogicalResourceId))} keyOf={(r) => r.LogicalResourceId} columns={[
            { head: "Resource", cell: (r) => <span class="kind"><KindIcon type={r.ResourceType} />{r.LogicalResourceId}</span>, sort: (r) => r.LogicalResourceId },
            { head: "Is", cell: (r) => { const v = direct(r.ResourceType) && r.PhysicalResourceId ? viewOf(r.ResourceType, r.PhysicalResourceId) : undefined; const label = lastOf(r.PhysicalResourceId ?? ""); return v ? <Link to={v}>{label}</Link> : <span class="dim">{label}</span>; }, wide: true },
            { head: "Type", cell: (r) => <span class="dim">{r.ResourceType}</span>, sort: (r) => r.ResourceType, wide: true },
            { head: "State", cell: (r) => <><State>{r.ResourceStatus}</State>{r.ResourceStatusReason && <div class="dim small">{r.ResourceStatusReason}</div>}</> }]} /></Card>}
          {tab === "events" && <Card flush><Table rows={events} keyOf={(e) => e.EventId} columns={[{ head: "When", cell: (e) => <span class="nowrap" title={stamp(toMillis(e.Timestamp))}>{clock(toMillis(e.Timestamp))}</span> }, { head: "Resource", cell: (e) => <span class="kind"><KindIcon type={e.ResourceType} />{e.LogicalResourceId}</span> }, { head: "State", cell: (e) => <State>{e.ResourceStatus}</State> }, { head: "Why", cell: (e) => <span class={/FAILED/.test(e.ResourceStatus) ? "" : "dim"}>{e.ResourceStatusReason ?? ""}</span>, wide: true }]} /></Card>}
          {tab === "outputs" && <Card flush><Table rows={(s.Outputs ?? []) as Doc[]} empty={<Empty title="No output" />} columns={[{ head: "Output", cell: (o) => o.OutputKey }, { head: "Value", cell: (o) => (/^https?:/.test(o.OutputValue) ? <a href={o.OutputValue} target="_blank" rel="noreferrer">{o.OutputValue}</a> : <span class="mono">{o.OutputValue}</span>) }, { head: "About", cell: (o) => <span class="dim">{o.Description ?? ""}</span>, wide: true }]} /></Card>}
          {tab === "parameters" && <Card><Facts of={[...(s.Parameters ?? []).map((p: Doc) => [p.ParameterKey, <span class="mono">{p.ParameterValue}</span>] as [string, unknown]), ...(s.Tags ?? []).map((x: Doc) => [x.Key, <Badge>{x.Value}</Badge>])]} /></Card>}
          {tab === "template" && <Card><Show of={t}>{(text) => <Code text={pretty(text)} />}</Show></Card>}
        </>;
      }}</Show>
      {deleting && <Confirm title="Delete this stack?" action="Delete" close={() => del(false)} act={async () => { await aws("cloudformation", "DeleteStack", { StackName: name }); go(["stacks"]); }}><p><b>{name}</b> goes, with all of its resources and what is in them.</p></Confirm>}
    </Page>
  );
}

/** direct tells whether a resource's type is the thing itself, and not a part of one. */
const direct = (type: string) => /::(Function|Queue|Topic|Table|Bucket|Api|StateMachine|EventBus|LogGroup)$/.test(type);
