// Queues: what waits in them, looked at without receiving; sending and redriving.
import { useState } from "preact/hooks";
import { aws, now, pages, read, type Doc } from "../api";
import { bytes, clock, count, lastOf, pretty, shortName, span, stamp, toMillis } from "../format";
import { useLoad } from "../hooks";
import { go, route } from "../router";
import { Area, Badge, Button, Card, Code, Confirm, Dialog, Empty, Facts, Form, Link, Page, Search, Show, Stat, Table, tabOf, Tabs, Text, toast } from "../ui";

export function Queues() {
  const name = route.value.parts[1];
  return name ? <Queue key={name} name={name} /> : <List />;
}

interface Row { url: string; name: string; a: Record<string, string> }

async function attributes(url: string, signal?: AbortSignal): Promise<Record<string, string>> {
  return (await aws("sqs", "GetQueueAttributes", { QueueUrl: url, AttributeNames: ["All"] }, signal)).Attributes ?? {};
}

const num = (a: Record<string, string>, k: string) => Number(a[k] ?? 0);

function List() {
  const [making, make] = useState(false), [name, setName] = useState("");
  const list = useLoad(async (signal): Promise<Row[]> => {
    const urls = await pages<string>("sqs", "ListQueues", { MaxResults: 1000 }, "QueueUrls", ["NextToken", "NextToken"], 1000, signal);
    return Promise.all(urls.map(async (url) => ({ url, name: lastOf(url), a: await attributes(url, signal).catch(() => ({})) })));
  }, [], 4000);
  const q = (route.value.query.get("q") ?? "").toLowerCase();
  const sources = new Set(list.data?.map((r) => { try { return JSON.parse(r.a.RedrivePolicy).deadLetterTargetArn as string; } catch { return ""; } }));
  const isDead = (r: Row) => sources.has(r.a.QueueArn);
  return (
    <Page title="Queues" icon="queue" actions={<><Search label="Find a queue" /><Button kind="primary" icon="plus" onClick={() => make(true)}>New queue</Button></>}>
      <Card flush><Show of={list}>{(rows) => <Table rows={rows.filter((r) => r.name.toLowerCase().includes(q))} keyOf={(r) => r.url} to={(r) => [["queues", r.name]]}
        empty={<Empty icon="queue" title="No queue" />} columns={[
          { head: "Queue", cell: (r) => <>{shortName(r.name)} {r.name.endsWith(".fifo") && <Badge>fifo</Badge>} {isDead(r) && <Badge tone={num(r.a, "ApproximateNumberOfMessages") ? "bad" : "quiet"}>dead letters</Badge>}</>, sort: (r) => r.name },
          { head: "Waiting", cell: (r) => count(num(r.a, "ApproximateNumberOfMessages")), sort: (r) => num(r.a, "ApproximateNumberOfMessages"), right: true },
          { head: "In flight", cell: (r) => count(num(r.a, "ApproximateNumberOfMessagesNotVisible")), sort: (r) => num(r.a, "ApproximateNumberOfMessagesNotVisible"), right: true },
          { head: "Delayed", cell: (r) => count(num(r.a, "ApproximateNumberOfMessagesDelayed")), right: true, wide: true },
          { head: "Kept", cell: (r) => span(1000 * num(r.a, "MessageRetentionPeriod")), right: true, wide: true },
        ]} />}</Show></Card>
      {making && <Dialog title="New queue" close={() => make(false)}><Form send="Make" submit={async () => {
        await aws("sqs", "CreateQueue", { QueueName: name, ...(name.endsWith(".fifo") ? { Attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" } } : {}) });
        go(["queues", name]);
      }}><Text label="Name" value={name} set={setName} required hint="A name that ends in .fifo makes a queue in order." /></Form></Dialog>}
    </Page>
  );
}

interface Peeked { id: string; body: string; visible: number; attributes: Record<string, string>; messageAttributes: Record<string, Doc> | null }

function Queue({ name }: { name: string }) {
  const tab = tabOf("messages");
  const [doing, act] = useState<"send" | "purge" | "delete" | "redrive" | "">("");
  const queue = useLoad(async (signal) => {
    const { QueueUrl: url } = await aws("sqs", "GetQueueUrl", { QueueName: name }, signal);
    return { url: url as string, a: await attributes(url, signal) };
  }, [name], 3000);
  const messages = useLoad(async (signal) => {
    if (!queue.data) return null;
    return ((await read("peek", { queueUrl: queue.data.url, limit: 200 }, signal)).messages ?? []) as Peeked[];
  }, [queue.data?.url], 2500);
  const sources = useLoad((signal) => queue.data ? pages<string>("sqs", "ListDeadLetterSourceQueues", { QueueUrl: queue.data.url }, "queueUrls", ["NextToken", "NextToken"], 100, signal) : Promise.resolve([]), [queue.data?.url]);
  const dead = (sources.data?.length ?? 0) > 0;
  const redrive = queue.data?.a.RedrivePolicy ? (JSON.parse(queue.data.a.RedrivePolicy) as { deadLetterTargetArn: string; maxReceiveCount: number }) : undefined;
  return (
    <Page title={name} icon="queue" crumbs={[["Queues", ["queues"]]]} sub={dead && <Badge tone="warn">dead letters of {sources.data!.map((u) => shortName(lastOf(u))).join(", ")}</Badge>} actions={<>
      <Button kind="primary" onClick={() => act("send")}>Send a message</Button>
      {dead && <Button onClick={() => act("redrive")}>Redrive</Button>}
      <Button onClick={() => act("purge")}>Purge</Button><Button kind="danger" onClick={() => act("delete")}>Delete</Button></>}>
      <Show of={queue}>{({ url, a }) => <>
        <div class="stats">
          <Stat label="waiting" value={count(num(a, "ApproximateNumberOfMessages"))} tone={dead && num(a, "ApproximateNumberOfMessages") ? "bad" : undefined} />
          <Stat label="in flight" value={count(num(a, "ApproximateNumberOfMessagesNotVisible"))} />
          <Stat label="delayed" value={count(num(a, "ApproximateNumberOfMessagesDelayed"))} />
          {redrive && <Stat label="dead letters" value={<Link to={["queues", lastOf(redrive.deadLetterTargetArn)]}>after {redrive.maxReceiveCount}</Link>} sub="receives" />}
        </div>
        <Tabs items={[["messages", "Messages", messages.data?.length], ["settings", "Settings"], ...(dead ? [["moves", "Redrives"] as [string, string]] : [])]} />
        {tab === "messages" && <Card flush title="What is in the queue" actions={<span class="dim small">looked at, not received: nothing changes by this</span>}><Show of={messages}>{(list) => list && <Messages list={list} />}</Show></Card>}
        {tab === "settings" && <Card><Facts of={[["URL", <span class="mono">{url}</span>], ["ARN", <span class="mono">{a.QueueArn}</span>], ["Visibility timeout", span(1000 * num(a, "VisibilityTimeout"))], ["Kept for", span(1000 * num(a, "MessageRetentionPeriod"))], ["Delay", span(1000 * num(a, "DelaySeconds"))], ["Long poll", span(1000 * num(a, "ReceiveMessageWaitTimeSeconds"))], ["Largest message", bytes(num(a, "MaximumMessageSize"))], ["Made", stamp(toMillis(a.CreatedTimestamp))], ["Deduplication", a.ContentBasedDeduplication === "true" ? "by content" : a.FifoQueue && "by id"]]} />
          {a.Policy && <><br /><p class="dim small">Policy</p><Code text={pretty(a.Policy)} /></>}</Card>}
        {tab === "moves" && <Moves arn={a.QueueArn} />}
        {doing === "send" && <Send url={url} fifo={name.endsWith(".fifo")} close={() => { act(""); messages.reload(); }} />}
        {doing === "purge" && <Confirm title="Purge this queue?" action="Purge" close={() => act("")} act={async () => { await aws("sqs", "PurgeQueue", { QueueUrl: url }); messages.reload(); }}><p>All messages of <b>{name}</b> go, also those in flight.</p></Confirm>}
        {doing === "delete" && <Confirm title="Delete this queue?" action="Delete" close={() => act("")} act={async () => { await aws("sqs", "DeleteQueue", { QueueUrl: url }); go(["queues"]); }}><p><b>{name}</b> goes, with its messages.</p></Confirm>}
        {doing === "redrive" && <Confirm title="Redrive these messages?" action="Redrive" close={() => act("")} act={async () => { await aws("sqs", "StartMessageMoveTask", { SourceArn: a.QueueArn }); toast("The messages are on their way back", "good"); go(["queues", name], { tab: "moves" }); }}><p>All messages go back to the queue that each came from.</p></Confirm>}
      </>}</Show>
    </Page>
  );
}

function Messages({ list }: { list: Peeked[] }) {
  const [open, set] = useState<string>();
  const one = list.find((m) => m.id === open);
  return <>
    <Table rows={list} keyOf={(m) => m.id} onPick={(m) => set(m.id)} empty={<Empty icon="queue" title="The queue is empty"><p>Whatever is sent shows here until it is deleted.</p></Empty>} columns={[
      { head: "Message", cell: (m) => <span class="mono">{m.body.slice(0, 140)}</span> },
      { head: "State", cell: (m) => (m.visible > now() ? <Badge tone="info">{Number(m.attributes.ApproximateReceiveCount) ? "in flight" : "delayed"} {span(m.visible - now())}</Badge> : <Badge tone="good">waiting</Badge>) },
      { head: "Receives", cell: (m) => m.attributes.ApproximateReceiveCount, right: true },
      { head: "Group", cell: (m) => m.attributes.MessageGroupId ?? "", wide: true },
      { head: "Sent", cell: (m) => <span class="nowrap" title={stamp(Number(m.attributes.SentTimestamp))}>{clock(Number(m.attributes.SentTimestamp))}</span>, sort: (m) => Number(m.attributes.SentTimestamp) },
    ]} />
    {one && <Dialog wide title={`Message ${one.id.slice(0, 8)}`} close={() => set(undefined)}>
      <Code text={pretty(one.body)} />
      {one.messageAttributes && <Facts of={Object.entries(one.messageAttributes).map(([k, v]) => [k, v.StringValue ?? v.DataType])} />}
      <Facts of={Object.entries(one.attributes).filter(([k]) => k !== "AWSTraceHeader").map(([k, v]) => [k, /Timestamp/.test(k) ? stamp(Number(v)) : v])} />
      {one.attributes.AWSTraceHeader && <p><Link to={["traces", /Root=([^;]+)/.exec(one.attributes.AWSTraceHeader)?.[1] ?? ""]} class="button">Its trace</Link></p>}
    </Dialog>}
  </>;
}

function Send({ url, fifo, close }: { url: string; fifo: boolean; close: () => void }) {
  const [body, set] = useState("{}"), [group, setGroup] = useState("console"), [delay, setDelay] = useState("0");
  return <Dialog title="Send a message" close={close}><Form submit={async () => {
    await aws("sqs", "SendMessage", { QueueUrl: url, MessageBody: body, ...(fifo ? { MessageGroupId: group, MessageDeduplicationId: crypto.randomUUID?.() ?? String(Math.random()) } : Number(delay) ? { DelaySeconds: Number(delay) } : {}) });
    toast("Sent", "good");
    close();
  }}><Area label="Body" value={body} set={set} />{fifo ? <Text label="Message group" value={group} set={setGroup} required /> : <Text label="Delay, in seconds" value={delay} set={setDelay} type="number" />}</Form></Dialog>;
}

function Moves({ arn }: { arn: string }) {
  const moves = useLoad((signal) => aws("sqs", "ListMessageMoveTasks", { SourceArn: arn, MaxResults: 10 }, signal).then((o) => (o.Results ?? []) as Doc[]), [arn], 1500);
  return <Card flush><Show of={moves}>{(list) => <Table rows={list} empty={<Empty title="Nothing has been redriven" />} columns={[
    { head: "State", cell: (m) => <Badge tone={m.Status === "COMPLETED" ? "good" : m.Status === "FAILED" ? "bad" : "info"}>{m.Status.toLowerCase()}</Badge> },
    { head: "Moved", cell: (m) => <>{count(m.ApproximateNumberOfMessagesMoved ?? 0)} of {count(m.ApproximateNumberOfMessagesToMove ?? 0)} <progress max={m.ApproximateNumberOfMessagesToMove || 1} value={m.ApproximateNumberOfMessagesMoved ?? 0} /></> },
    { head: "Began", cell: (m) => stamp(toMillis(m.StartedTimestamp)), wide: true }, { head: "Reason", cell: (m) => m.FailureReason ?? "" },
    { head: "", cell: (m) => m.Status === "RUNNING" && <Button onClick={async () => { await aws("sqs", "CancelMessageMoveTask", { TaskHandle: m.TaskHandle }); moves.reload(); }}>Stop</Button> }]} />}</Show></Card>;
}

