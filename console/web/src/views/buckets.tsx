// Buckets: folders and objects, looked at, sent and deleted.
import { useRef, useState } from "preact/hooks";
import { aws, place, type Doc } from "../api";
import { bytes, lastOf, pretty, stamp, toBase64, toMillis } from "../format";
import { useLoad } from "../hooks";
import { Icon } from "../icons";
import { go, href, route, setQuery } from "../router";
import { Badge, Button, Card, Code, Confirm, Dialog, Empty, Facts, Form, Page, Search, Show, Table, tabOf, Tabs, Text, Time, toast } from "../ui";

export function Buckets() {
  const name = route.value.parts[1];
  return name ? <Bucket key={name} name={name} /> : <List />;
}

function List() {
  const [making, make] = useState(false), [name, setName] = useState("");
  const list = useLoad((signal) => aws("s3", "ListBuckets", {}, signal).then((o) => (o.Buckets ?? []) as Doc[]), [], 8000);
  const q = (route.value.query.get("q") ?? "").toLowerCase();
  return (
    <Page title="Buckets" icon="bucket" actions={<><Search label="Find a bucket" /><Button kind="primary" icon="plus" onClick={() => make(true)}>New bucket</Button></>}>
      <Card flush><Show of={list}>{(l) => <Table rows={l.filter((b) => b.Name.toLowerCase().includes(q))} keyOf={(b) => b.Name} to={(b) => [["buckets", b.Name]]} empty={<Empty icon="bucket" title="No bucket" />} columns={[{ head: "Bucket", cell: (b) => b.Name, sort: (b) => b.Name }, { head: "Made", cell: (b) => <Time at={toMillis(b.CreationDate)} />, sort: (b) => toMillis(b.CreationDate) }]} />}</Show></Card>
      {making && <Dialog title="New bucket" close={() => make(false)}><Form send="Make" submit={async () => { const region = place.value.region; await aws("s3", "CreateBucket", { Bucket: name, ...(region && region !== "us-east-1" ? { CreateBucketConfiguration: { LocationConstraint: region } } : {}) }); go(["buckets", name]); }}><Text label="Name" value={name} set={setName} required /></Form></Dialog>}
    </Page>
  );
}

/** urlOf is where an object's bytes are. */
function urlOf(bucket: string, key: string, range?: string): string {
  const q = new URLSearchParams({ bucket, key, account: place.value.account, region: place.value.region });
  if (range) q.set("range", range);
  return "/_maru/api/console/object?" + q.toString();
}

type Entry = { folder: string } | { object: Doc };

function Bucket({ name }: { name: string }) {
  const tab = tabOf("objects"), prefix = route.value.query.get("prefix") ?? "";
  const [doing, act] = useState(""), [chosen, choose] = useState<Doc>();
  const [sending, tell] = useState("");
  const file = useRef<HTMLInputElement>(null);
  const list = useLoad(async (signal) => {
    const out: Entry[] = [];
    let next: string | undefined;
    do {
      const o: Doc = await aws("s3", "ListObjectsV2", { Bucket: name, Prefix: prefix, Delimiter: "/", ...(next ? { ContinuationToken: next } : {}) }, signal);
      out.push(...(o.CommonPrefixes ?? []).map((p: Doc) => ({ folder: p.Prefix })), ...(o.Contents ?? []).map((x: Doc) => ({ object: x })));
      next = o.NextContinuationToken;
    } while (next && out.length < 2000);
    return out;
  }, [name, prefix], 8000);
  const upload = async (files: FileList | null) => {
    for (const f of files ?? []) {
      if (f.size > 16 << 20) { toast(`${f.name} is larger than 16 MiB: send it with a client`, "bad"); continue; }
      tell(f.name);
      try {
        await aws("s3", "PutObject", { Bucket: name, Key: prefix + f.name, ContentType: f.type || "application/octet-stream", Body: toBase64(new Uint8Array(await f.arrayBuffer())) });
        toast(`${f.name} is stored`, "good");
      } catch (e) { toast((e as Error).message, "bad"); }
    }
    tell("");
    list.reload();
  };
  const parts = prefix.split("/").filter(Boolean);
  return (
    <Page title={name} icon="bucket" crumbs={[["Buckets", ["buckets"]]]} actions={<>
      <Button kind="primary" onClick={() => file.current?.click()} disabled={Boolean(sending)}>{sending ? `Sending ${sending}…` : "Upload"}</Button>
      <input ref={file} type="file" multiple hidden onChange={(e) => upload(e.currentTarget.files)} />
      <Button kind="danger" onClick={() => act("delete")}>Delete</Button></>}>
      <Tabs items={[["objects", "Objects"], ["settings", "Settings"]]} />
      {tab === "settings" ? <Settings bucket={name} /> : <>
        {parts.length > 0 && <nav class="row" aria-label="Folder"><a href={href(["buckets", name])}>{name}</a>{parts.map((p, i) => <span key={i}>/ <a href={href(["buckets", name], { prefix: parts.slice(0, i + 1).join("/") + "/" })}>{p}</a></span>)}</nav>}
        <Card flush><Show of={list}>{(l) => <Table rows={l} onPick={(e) => ("folder" in e ? setQuery({ prefix: e.folder }) : choose(e.object))} empty={<Empty icon="bucket" title={prefix ? "The folder is empty" : "The bucket is empty"} />} columns={[
          { head: "Name", cell: (e) => <span class="kind"><Icon name={"folder" in e ? "folder" : "file"} />{"folder" in e ? lastOf(e.folder.slice(0, -1)) + "/" : e.object.Key.slice(prefix.length)}</span>, sort: (e) => ("folder" in e ? e.folder : e.object.Key) },
          { head: "Size", cell: (e) => ("folder" in e ? "" : bytes(e.object.Size ?? 0)), sort: (e) => ("folder" in e ? -1 : e.object.Size), right: true },
          { head: "Changed", cell: (e) => ("folder" in e ? "" : <Time at={toMillis(e.object.LastModified)} />), sort: (e) => ("folder" in e ? 0 : toMillis(e.object.LastModified)) }]} />}</Show></Card></>}
      {chosen && <ObjectView bucket={name} object={chosen} close={() => choose(undefined)} done={() => { choose(undefined); list.reload(); }} />}
      {doing === "delete" && <Confirm title="Delete this bucket?" action="Delete" close={() => act("")} act={async () => { await aws("s3", "DeleteBucket", { Bucket: name }); go(["buckets"]); }}><p><b>{name}</b> has to be empty.</p></Confirm>}
    </Page>
  );
}

/** ObjectView shows the beginning of an object, and what is known of it. */
function ObjectView({ bucket, object: o, close, done }: { bucket: string; object: Doc; close: () => void; done: () => void }) {
  const head = useLoad((signal) => aws("s3", "HeadObject", { Bucket: bucket, Key: o.Key }, signal), [o.Key]);
  const kind = String(head.data?.ContentType ?? "");
  const picture = /^image\/(png|jpeg|gif|webp|svg)/.test(kind) || /\.(png|jpe?g|gif|webp)$/i.test(o.Key);
  const start = useLoad(async (signal) => {
    if (!o.Size || picture) return "";
    const reply = await fetch(urlOf(bucket, o.Key, "bytes=0-65535"), { signal, headers: { "X-Maru-Console": "1" } });
    const data = new Uint8Array(await reply.arrayBuffer());
    return data.slice(0, 4096).includes(0) ? null : new TextDecoder().decode(data);
  }, [o.Key, picture]);
  return <Dialog wide title={lastOf(o.Key)} close={close}>
    <Facts of={[["Key", <span class="mono">{o.Key}</span>], ["Size", bytes(o.Size)], ["Type", kind], ["Changed", stamp(toMillis(o.LastModified))], ["ETag", <span class="mono">{o.ETag}</span>], ["Version", head.data?.VersionId], ...Object.entries((head.data?.Metadata ?? {}) as Record<string, string>)]} />
    {picture ? <img src={urlOf(bucket, o.Key)} alt={o.Key} style={{ maxWidth: "100%" }} /> : <Show of={start} rows={2}>{(text) => text === null ? <p class="dim">It is binary; download it to look into it.</p> : text ? <Code text={pretty(text)} /> : <p class="dim">It is empty.</p>}</Show>}
    <div class="form-end"><Button kind="danger" onClick={async () => { await aws("s3", "DeleteObject", { Bucket: bucket, Key: o.Key }); toast("Deleted", "good"); done(); }}>Delete</Button><a class="button primary" href={urlOf(bucket, o.Key)} download>Download</a></div>
  </Dialog>;
}

const settings: [string, string, (d: Doc) => unknown][] = [
  ["Versioning", "GetBucketVersioning", (d) => d.Status], ["Policy", "GetBucketPolicy", (d) => d.Policy], ["CORS", "GetBucketCors", (d) => d.CORSRules], ["Notifications", "GetBucketNotificationConfiguration", (d) => (Object.keys(d).length ? d : undefined)],
  ["Lifecycle", "GetBucketLifecycleConfiguration", (d) => d.Rules], ["Encryption", "GetBucketEncryption", (d) => d.ServerSideEncryptionConfiguration], ["Public access block", "GetPublicAccessBlock", (d) => d.PublicAccessBlockConfiguration], ["Website", "GetBucketWebsite", (d) => d], ["Tags", "GetBucketTagging", (d) => d.TagSet],
];

function Settings({ bucket }: { bucket: string }) {
  const all = useLoad((signal) => Promise.all(settings.map(async ([name, op, pick]) => [name, await aws("s3", op, { Bucket: bucket }, signal).then(pick).catch(() => undefined)] as [string, unknown])), [bucket]);
  return <Show of={all}>{(list) => <div class="grid2">{list.map(([name, v]) => <Card key={name} title={name} actions={v === undefined && <Badge>not set</Badge>}>{v === undefined ? <p class="dim">–</p> : <Code text={typeof v === "string" ? pretty(v) : JSON.stringify(v, null, 2)} />}</Card>)}</div>}</Show>;
}

