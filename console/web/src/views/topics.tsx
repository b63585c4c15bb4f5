// Topics: who listens, and publishing.
import { useState } from "preact/hooks";
import { aws, Fault, pages, type Doc } from "../api";
import { lastOf, pretty, shortName } from "../format";
import { useLoad } from "../hooks";
import { KindIcon, viewOf } from "../kinds";
import { go, route } from "../router";
import { Area, Badge, Button, Card, Code, Confirm, Dialog, Empty, Facts, Form, Link, Page, Search, Select, Show, Stat, Table, Text, toast } from "../ui";

export function Topics() {
  const name = route.value.parts[1];
  return name ? <Topic key={name} name={name} /> : <List />;
}

const topicsOf = (signal?: AbortSignal) => pages("sns", "ListTopics", {}, "Topics", ["NextToken", "NextToken"], 1000, signal).then((l) => l.map((t) => t.TopicArn as string));
const subscriptionsOf = (signal?: AbortSignal) => pages("sns", "ListSubscriptions", {}, "Subscriptions", ["NextToken", "NextToken"], 2000, signal);

function List() {
  const [making, make] = useState(false), [name, setName] = useState("");
  const list = useLoad(async (signal) => { const [topics, subs] = await Promise.all([topicsOf(signal), subscriptionsOf(signal)]); return topics.map((arn) => ({ arn, subs: subs.filter((s) => s.TopicArn === arn) })); }, [], 5000);
  const q = (route.value.query.get("q") ?? "").toLowerCase();
  return (
    <Page title="Topics" icon="topic" actions={<><Search label="Find a topic" /><Button kind="primary" icon="plus" onClick={() => make(true)}>New topic</Button></>}>
      <Card flush><Show of={list}>{(l) => <Table rows={l.filter((t) => lastOf(t.arn).toLowerCase().includes(q))} keyOf={(t) => t.arn} to={(t) => [["topics", lastOf(t.arn)]]} empty={<Empty icon="topic" title="No topic" />} columns={[
        { head: "Topic", cell: (t) => shortName(lastOf(t.arn)), sort: (t) => t.arn },
        { head: "Listeners", cell: (t) => <span class="row">{t.subs.slice(0, 6).map((s) => <span key={s.SubscriptionArn} class="kind"><KindIcon type={s.Protocol} size={15} />{shortName(lastOf(s.Endpoint))}</span>)}{t.subs.length > 6 && `+${t.subs.length - 6}`}{t.subs.length === 0 && <span class="dim">nobody yet</span>}</span>, sort: (t) => t.subs.length }]} />}</Show></Card>
      {making && <Dialog title="New topic" close={() => make(false)}><Form send="Make" submit={async () => { await aws("sns", "CreateTopic", { Name: name, ...(name.endsWith(".fifo") ? { Attributes: { FifoTopic: "true" } } : {}) }); go(["topics", name]); }}><Text label="Name" value={name} set={setName} required /></Form></Dialog>}
    </Page>
  );
}

function Topic({ name }: { name: string }) {
  const [doing, act] = useState("");
  const topic = useLoad(async (signal) => {
    const arn = (await topicsOf(signal)).find((a) => lastOf(a) === name);
    if (!arn) throw new Fault("NotFound", `There is no topic ${name}.`, 404);
    const [a, subs] = await Promise.all([aws("sns", "GetTopicAttributes", { TopicArn: arn }, signal), pages("sns", "ListSubscriptionsByTopic", { TopicArn: arn }, "Subscriptions", ["NextToken", "NextToken"], 1000, signal)]);
    return { arn, a: a.Attributes as Record<string, string>, subs };
  }, [name], 5000);
  return (
    <Page title={name} icon="topic" crumbs={[["Topics", ["topics"]]]} actions={<><Button kind="primary" onClick={() => act("publish")}>Publish</Button><Button onClick={() => act("subscribe")}>Subscribe</Button><Button kind="danger" onClick={() => act("delete")}>Delete</Button></>}>
      <Show of={topic}>{({ arn, a, subs }) => <>
        <div class="stats"><Stat label="listeners" value={a.SubscriptionsConfirmed ?? subs.length} /><Stat label="to be confirmed" value={a.SubscriptionsPending ?? 0} /></div>
        <Card flush title="Listeners"><Table rows={subs} empty={<Empty icon="topic" title="Nobody listens" />} columns={[
          { head: "Who", cell: (s) => { const v = viewOf(s.Protocol, s.Endpoint); return <span class="kind"><KindIcon type={s.Protocol} />{v ? <Link to={v}>{shortName(lastOf(s.Endpoint))}</Link> : s.Endpoint}</span>; } },
          { head: "By", cell: (s) => s.Protocol }, { head: "State", cell: (s) => (s.SubscriptionArn.startsWith("arn:") ? <Badge tone="good">confirmed</Badge> : <Badge tone="warn">to be confirmed</Badge>), wide: true },
          { head: "", cell: (s) => <span class="row"><Subscription arn={s.SubscriptionArn} /><Button kind="quiet" icon="close" label="Unsubscribe" onClick={async () => { await aws("sns", "Unsubscribe", { SubscriptionArn: s.SubscriptionArn }); topic.reload(); }} /></span>, right: true }]} /></Card>
        <Card title="Settings"><Facts of={[["ARN", <span class="mono">{arn}</span>], ["Display name", a.DisplayName], ["FIFO", a.FifoTopic === "true" && "yes"]]} />{a.Policy && <><br /><details><summary>Policy</summary><Code text={pretty(a.Policy)} /></details></>}</Card>
        {doing === "publish" && <Publish arn={arn} close={() => act("")} />}
        {doing === "subscribe" && <Subscribe arn={arn} close={() => { act(""); topic.reload(); }} />}
        {doing === "delete" && <Confirm title="Delete this topic?" action="Delete" close={() => act("")} act={async () => { await aws("sns", "DeleteTopic", { TopicArn: arn }); go(["topics"]); }}><p><b>{name}</b> goes, with its subscriptions.</p></Confirm>}
      </>}</Show>
    </Page>
  );
}

/** Subscription shows a listener's settings when asked to. */
function Subscription({ arn }: { arn: string }) {
  const [a, set] = useState<Doc>();
  return <><Button kind="quiet" onClick={async () => set((await aws("sns", "GetSubscriptionAttributes", { SubscriptionArn: arn })).Attributes)}>Settings</Button>
    {a && <Dialog title="Subscription" wide close={() => set(undefined)}>{Object.entries(a as Record<string, string>).map(([k, v]) => <div key={k}><p class="dim small">{k}</p><Code text={pretty(v)} /></div>)}</Dialog>}</>;
}

function Publish({ arn, close }: { arn: string; close: () => void }) {
  const [body, set] = useState("{}"), [subject, setSubject] = useState(""), [attrs, setAttrs] = useState(""), [group, setGroup] = useState("console");
  const fifo = arn.endsWith(".fifo");
  return <Dialog title="Publish" close={close}><Form send="Publish" submit={async () => {
    const attributes = Object.fromEntries(attrs.split("\n").flatMap((l) => { const at = l.indexOf("="); return at > 0 ? [[l.slice(0, at), l.slice(at + 1)]] : []; }).map(([k, v]) => [k.trim(), { DataType: /^-?\d+(\.\d+)?$/.test(v.trim()) ? "Number" : "String", StringValue: v.trim() }]));
    await aws("sns", "Publish", { TopicArn: arn, Message: body, ...(subject ? { Subject: subject } : {}), ...(Object.keys(attributes).length ? { MessageAttributes: attributes } : {}), ...(fifo ? { MessageGroupId: group, MessageDeduplicationId: String(Math.random()) } : {}) });
    toast("Published", "good");
    close();
  }}><Area label="Message" value={body} set={set} /><Text label="Subject" value={subject} set={setSubject} />{fifo && <Text label="Message group" value={group} set={setGroup} />}<Area label="Attributes" rows={2} value={attrs} set={setAttrs} placeholder="name=value" hint="One a line. Filters of subscriptions look at them." /></Form></Dialog>;
}

function Subscribe({ arn, close }: { arn: string; close: () => void }) {
  const [protocol, setProtocol] = useState("sqs"), [endpoint, setEndpoint] = useState("");
  return <Dialog title="Subscribe" close={close}><Form send="Subscribe" submit={async () => { await aws("sns", "Subscribe", { TopicArn: arn, Protocol: protocol, Endpoint: endpoint, ReturnSubscriptionArn: true }); close(); }}>
    <Select label="By" value={protocol} set={setProtocol} options={["sqs", "lambda", "http", "https", "email", "email-json", "sms"]} /><Text label="To" value={endpoint} set={setEndpoint} required placeholder="ARN, address or number" /></Form></Dialog>;
}
