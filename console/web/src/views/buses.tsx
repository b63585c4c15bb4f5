// Event buses: watched as events pass, with rules, patterns, archives and replays.
import { useEffect, useState } from "preact/hooks";
import { aws, Fault, now, pages, stream, type Doc } from "../api";
import { clock, count, pretty, shortName, stamp, toMillis } from "../format";
import { useLoad } from "../hooks";
import { KindIcon, viewOf } from "../kinds";
import { go, route } from "../router";
import { Area, Button, Card, Code, Confirm, Dialog, Empty, ErrorBox, Form, Link, Page, Select, Show, State, Table, tabOf, Tabs, Text, toast } from "../ui";

export function Buses() {
  const name = route.value.parts[1];
  return name ? <Bus key={name} name={name} /> : <List />;
}

function List() {
  const [making, make] = useState(false), [name, setName] = useState("");
  const list = useLoad(async (signal) => { const buses = await pages("events", "ListEventBuses", {}, "EventBuses", ["NextToken", "NextToken"], 500, signal); return Promise.all(buses.map(async (b) => ({ ...b, rules: (await rulesOf(b.Name, signal)).length }))); }, [], 6000);
  return (
    <Page title="Event buses" icon="bus" actions={<Button kind="primary" icon="plus" onClick={() => make(true)}>New bus</Button>}>
      <Card flush><Show of={list}>{(l) => <Table rows={l as Doc[]} to={(b) => [["buses", b.Name]]} columns={[{ head: "Bus", cell: (b) => b.Name, sort: (b) => b.Name }, { head: "Rules", cell: (b) => count(b.rules), right: true, sort: (b) => b.rules }, { head: "About", cell: (b) => b.Description ?? (b.Name === "default" ? "where AWS's own services tell what happens" : ""), wide: true }]} />}</Show></Card>
      {making && <Dialog title="New bus" close={() => make(false)}><Form send="Make" submit={async () => { await aws("events", "CreateEventBus", { Name: name }); go(["buses", name]); }}><Text label="Name" value={name} set={setName} required /></Form></Dialog>}
    </Page>
  );
}

const rulesOf = (bus: string, signal?: AbortSignal) => pages("events", "ListRules", { EventBusName: bus }, "Rules", ["NextToken", "NextToken"], 1000, signal).then((l) => l.filter((r) => !r.Name.startsWith("maru-console-watch-")));

function Bus({ name }: { name: string }) {
  const tab = tabOf("watch");
  const [doing, act] = useState("");
  const rules = useLoad(async (signal) => Promise.all((await rulesOf(name, signal)).map(async (r): Promise<Doc> => ({ ...r, targets: (await aws("events", "ListTargetsByRule", { Rule: r.Name, EventBusName: name }, signal)).Targets ?? [] }))), [name], 6000);
  return (
    <Page title={name} icon="bus" crumbs={[["Event buses", ["buses"]]]} actions={<><Button kind="primary" onClick={() => act("send")}>Send an event</Button>{name !== "default" && <Button kind="danger" onClick={() => act("delete")}>Delete</Button>}</>}>
      <Tabs items={[["watch", "Watch"], ["rules", "Rules", rules.data?.length], ["test", "Test a pattern"], ["archives", "Archives and replays"]]} />
      {tab === "watch" && <Watch bus={name} />}
      {tab === "rules" && <Rules bus={name} rules={rules} />}
      {tab === "test" && <Test />}
      {tab === "archives" && <Archives bus={name} />}
      {doing === "send" && <Send bus={name} close={() => act("")} />}
      {doing === "delete" && <Confirm title="Delete this bus?" action="Delete" close={() => act("")} act={async () => { await aws("events", "DeleteEventBus", { Name: name }); go(["buses"]); }}><p><b>{name}</b> must have no rules.</p></Confirm>}
    </Page>
  );
}

/** Watch shows events as they pass. */
function Watch({ bus }: { bus: string }) {
  const [pattern, setPattern] = useState(""), [input, set] = useState(""), [on, turn] = useState(true);
  const [events, add] = useState<Doc[]>([]), [error, fail] = useState<Error>(), [ready, isReady] = useState(false), [open, show] = useState<Doc>();
  useEffect(() => {
    if (!on) return;
    const stop = new AbortController();
    const run = async () => {
      while (!stop.signal.aborted) {
        try {
          await stream("watch", { bus, pattern }, stop.signal, (d) => { isReady(true); fail(undefined); if (d.events.length) add((l) => [...d.events.reverse(), ...l].slice(0, 500)); });
        } catch (e) {
          if (stop.signal.aborted) return;
          fail(e as Error);
          if (e instanceof Fault && e.status >= 400 && e.status < 500) return;
        }
        await new Promise((r) => setTimeout(r, 1500));
      }
    };
    void run();
    return () => { stop.abort(); isReady(false); };
  }, [bus, pattern, on]);
  return (
    <>
      <form class="row" onSubmit={(e) => { e.preventDefault(); setPattern(input); }}>
        <input class="grow mono" aria-label="Only events that match a pattern" placeholder='Only events that match, as {"source":["my.app"]}' value={input} onInput={(e) => set(e.currentTarget.value)} />
        {on && ready && <span class="live">watching</span>}<Button icon={on ? "pause" : "play"} onClick={() => turn(!on)}>{on ? "Pause" : "Go on"}</Button><Button kind="quiet" onClick={() => add([])}>Clear</Button>
      </form>
      {error && <ErrorBox error={error} />}
      <Card flush><Table rows={events} keyOf={(e) => e.id} onPick={show} empty={<Empty icon="bus" title="Waiting for events"><p>What is put on this bus from now on shows here. Watching takes nothing away from any rule.</p></Empty>} columns={[
        { head: "What", cell: (e) => e["detail-type"] }, { head: "From", cell: (e) => e.source }, { head: "Detail", cell: (e) => <span class="mono dim">{JSON.stringify(e.detail).slice(0, 110)}</span>, wide: true }, { head: "When", cell: (e) => clock(Date.parse(e.time)) }]} /></Card>
      {open && <Dialog wide title={open["detail-type"]} close={() => show(undefined)}><Code text={JSON.stringify(open, null, 2)} /></Dialog>}
    </>
  );
}

function Rules({ bus, rules }: { bus: string; rules: { data: Doc[] | undefined; error: Error | undefined; reload: () => void } }) {
  const [one, show] = useState<Doc>();
  return <Card flush><Show of={rules}>{(l) => <Table rows={l} keyOf={(r) => r.Arn} onPick={show} empty={<Empty icon="bus" title="No rule" />} columns={[
    { head: "Rule", cell: (r) => shortName(r.Name), sort: (r) => r.Name }, { head: "State", cell: (r) => <State>{r.State}</State> },
    { head: "Matches", cell: (r) => <span class="mono dim">{r.ScheduleExpression ?? String(r.EventPattern).slice(0, 90)}</span>, wide: true },
    { head: "Leads to", cell: (r) => r.targets.map((t: Doc) => { const v = viewOf("", t.Arn); const label = shortName(t.Arn.split(/[:/]/).at(-1)); return <div key={t.Id} class="kind"><KindIcon type={t.Arn} size={15} />{v ? <Link to={v}>{label}</Link> : label}</div>; }) }]} />}</Show>
    {one && <Dialog wide title={one.Name} close={() => show(undefined)}><Code text={pretty(one.EventPattern ?? one.ScheduleExpression ?? "")} /><h2>Targets</h2><Code text={JSON.stringify(one.targets, null, 2)} /><div class="form-end"><Button onClick={async () => { await aws("events", one.State === "ENABLED" ? "DisableRule" : "EnableRule", { Name: one.Name, EventBusName: bus }); show(undefined); rules.reload(); }}>{one.State === "ENABLED" ? "Switch off" : "Switch on"}</Button></div></Dialog>}</Card>;
}

const sample = { version: "0", id: "7bf73129-1428-4cd3-a780-95db273d1602", "detail-type": "Order Placed", source: "my.app", account: "000000000000", time: "2030-01-01T00:00:00Z", region: "us-east-1", resources: [], detail: { total: 42, currency: "EUR" } };

function Test() {
  const [pattern, setPattern] = useState('{\n  "source": ["my.app"],\n  "detail": { "total": [{ "numeric": [">", 10] }] }\n}'), [event, setEvent] = useState(JSON.stringify(sample, null, 2));
  const result = useLoad(async (signal) => (await aws("events", "TestEventPattern", { EventPattern: pattern, Event: event }, signal)).Result as boolean, [pattern, event]);
  return <>
    {result.error ? <div class="notice warn" role="status"><div><strong>Not yet</strong><p>{result.error.message}</p></div></div> : <div class={`notice ${result.data ? "good" : "info"}`} role="status"><div><strong>{result.data === undefined ? "…" : result.data ? "The event matches" : "The event does not match"}</strong></div></div>}
    <div class="grid2"><Card title="Pattern"><Area label="JSON" rows={16} value={pattern} set={setPattern} /></Card><Card title="Event"><Area label="JSON" rows={16} value={event} set={setEvent} /></Card></div></>;
}

function Send({ bus, close }: { bus: string; close: () => void }) {
  const [source, setSource] = useState("my.app"), [type, setType] = useState("Order Placed"), [detail, set] = useState("{}");
  return <Dialog title="Send an event" close={close}><Form submit={async () => {
    const out = await aws("events", "PutEvents", { Entries: [{ EventBusName: bus, Source: source, DetailType: type, Detail: detail }] });
    const one = out.Entries?.[0];
    if (one?.ErrorCode) throw new Fault(one.ErrorCode, one.ErrorMessage, 400);
    toast("Sent", "good");
    close();
  }}><Text label="Source" value={source} set={setSource} required /><Text label="Detail type" value={type} set={setType} required /><Area label="Detail" value={detail} set={set} /></Form></Dialog>;
}

function Archives({ bus }: { bus: string }) {
  const [doing, act] = useState<Doc | "new">();
  const both = useLoad(async (signal) => {
    const [archives, replays] = await Promise.all([pages("events", "ListArchives", {}, "Archives", ["NextToken", "NextToken"], 500, signal), pages("events", "ListReplays", {}, "Replays", ["NextToken", "NextToken"], 500, signal)]);
    const mine = archives.filter((a) => a.EventSourceArn.endsWith("/" + bus));
    return { archives: mine, replays: replays.filter((r) => mine.some((a) => r.EventSourceArn.endsWith("/" + a.ArchiveName))) };
  }, [bus], 2500);
  return <Show of={both}>{({ archives, replays }) => <>
    <Card flush title="Archives" actions={<Button icon="plus" onClick={() => act("new")}>New archive</Button>}><Table rows={archives} empty={<Empty icon="bus" title="No archive"><p>An archive keeps events, so that they can be replayed.</p></Empty>} columns={[{ head: "Archive", cell: (a) => a.ArchiveName }, { head: "State", cell: (a) => <State>{a.State}</State> }, { head: "Events", cell: (a) => count(a.EventCount ?? 0), right: true }, { head: "Kept", cell: (a) => (a.RetentionDays ? `${a.RetentionDays} days` : "ever"), wide: true }, { head: "", cell: (a) => <Button icon="play" onClick={() => act(a)}>Replay</Button>, right: true }]} /></Card>
    <Card flush title="Replays"><Table rows={replays} empty={<Empty title="Nothing has been replayed" />} columns={[{ head: "Replay", cell: (r) => r.ReplayName }, { head: "State", cell: (r) => <State>{r.State}</State> }, { head: "As far as", cell: (r) => stamp(toMillis(r.EventLastReplayedTime)), wide: true }, { head: "", cell: (r) => /RUNNING|STARTING/.test(r.State) && <Button onClick={async () => { await aws("events", "CancelReplay", { ReplayName: r.ReplayName }); both.reload(); }}>Stop</Button>, right: true }]} /></Card>
    {doing === "new" && <NewArchive bus={bus} close={() => { act(undefined); both.reload(); }} />}
    {doing && doing !== "new" && <Replay archive={doing} bus={bus} close={() => { act(undefined); both.reload(); }} />}
  </>}</Show>;
}

const busArn = async (bus: string) => (await aws("events", "DescribeEventBus", { Name: bus })).Arn as string;

function NewArchive({ bus, close }: { bus: string; close: () => void }) {
  const [name, setName] = useState(bus + "-archive"), [days, setDays] = useState("0"), [pattern, set] = useState("");
  return <Dialog title="New archive" close={close}><Form send="Make" submit={async () => { await aws("events", "CreateArchive", { ArchiveName: name, EventSourceArn: await busArn(bus), RetentionDays: Number(days), ...(pattern ? { EventPattern: pattern } : {}) }); close(); }}><Text label="Name" value={name} set={setName} required /><Text label="Days to keep (0: ever)" type="number" value={days} set={setDays} /><Area label="Only events that match" rows={4} value={pattern} set={set} placeholder="all" /></Form></Dialog>;
}

function Replay({ archive, bus, close }: { archive: Doc; bus: string; close: () => void }) {
  const [back, setBack] = useState("86400"), [name, setName] = useState(`replay-${Math.floor(now() / 1000)}`);
  return <Dialog title={`Replay ${archive.ArchiveName}`} close={close}><Form send="Replay" submit={async () => { const end = Math.floor(now() / 1000), Arn = await busArn(bus); await aws("events", "StartReplay", { ReplayName: name, EventSourceArn: Arn.replace(`event-bus/${bus}`, `archive/${archive.ArchiveName}`), EventStartTime: end - Number(back), EventEndTime: end, Destination: { Arn } }); close(); }}><Text label="Name" value={name} set={setName} required /><Select label="Events of the last" value={back} set={setBack} options={[["3600", "hour"], ["86400", "day"], ["604800", "week"], ["31536000", "year"]]} /><p class="dim">Every rule of the bus sees them again.</p></Form></Dialog>;
}
