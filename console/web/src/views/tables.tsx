// Tables: browsing, querying and editing items.
import { useState } from "preact/hooks";
import { aws, Fault, pages, type Doc } from "../api";
import { bytes, count, shortName, stamp, toMillis } from "../format";
import { useLoad } from "../hooks";
import { go, route, setQuery } from "../router";
import { Area, Badge, Button, Card, Confirm, Dialog, Empty, ErrorBox, Facts, Form, Loading, Page, Search, Select, Show, State, Table, tabOf, Tabs, Text, toast, type Kids } from "../ui";

export function Tables() {
  const name = route.value.parts[1];
  return name ? <One key={name} name={name} /> : <List />;
}

function List() {
  const list = useLoad(async (signal) => {
    const names = await pages<string>("dynamodb", "ListTables", {}, "TableNames", ["ExclusiveStartTableName", "LastEvaluatedTableName"], 500, signal);
    return Promise.all(names.map((n) => aws("dynamodb", "DescribeTable", { TableName: n }, signal).then((o) => o.Table as Doc)));
  }, [], 6000);
  const q = (route.value.query.get("q") ?? "").toLowerCase();
  return (
    <Page title="Tables" icon="table" actions={<Search label="Find a table" />}>
      <Card flush><Show of={list}>{(l) => <Table rows={l.filter((t) => t.TableName.toLowerCase().includes(q))} keyOf={(t) => t.TableArn} to={(t) => [["tables", t.TableName]]} empty={<Empty icon="table" title="No table" />} columns={[
        { head: "Table", cell: (t) => shortName(t.TableName), sort: (t) => t.TableName },
        { head: "Key", cell: (t) => <span class="mono">{keyNames(t.KeySchema).join(" · ")}</span>, wide: true },
        { head: "Items", cell: (t) => count(t.ItemCount ?? 0), sort: (t) => t.ItemCount ?? 0, right: true },
        { head: "Size", cell: (t) => bytes(t.TableSizeBytes ?? 0), sort: (t) => t.TableSizeBytes ?? 0, right: true, wide: true },
        { head: "State", cell: (t) => <State>{t.TableStatus}</State> },
      ]} />}</Show></Card>
    </Page>
  );
}

type Value = Record<string, Doc>;
type Item = Record<string, Value>;

const keyNames = (schema: Doc[]): string[] => [...schema].sort((a) => (a.KeyType === "HASH" ? -1 : 1)).map((k) => k.AttributeName);

/** plain turns an attribute into what JSON would say. Numbers keep all digits: those that JSON cannot hold stay text. */
export function plain(v: Value): Doc {
  if ("S" in v) return v.S;
  if ("N" in v) return String(Number(v.N)) === v.N ? Number(v.N) : v.N;
  if ("BOOL" in v) return v.BOOL;
  if ("NULL" in v) return null;
  if ("L" in v) return v.L.map(plain);
  if ("M" in v) return Object.fromEntries(Object.entries(v.M as Item).map(([k, x]) => [k, plain(x)]));
  return v.SS ?? v.NS?.map((n: string) => Number(n)) ?? v.BS ?? v.B;
}

/** lossy tells whether plain JSON cannot say what an attribute is, wherever within. */
function lossy(v: Value): boolean {
  if ("L" in v) return v.L.some(lossy);
  if ("M" in v) return Object.values(v.M as Item).some(lossy);
  return "SS" in v || "NS" in v || "BS" in v || "B" in v || ("N" in v && typeof plain(v) === "string");
}

/** brief is an attribute in a cell. */
function brief(v: Value | undefined): Kids {
  if (!v) return "";
  if ("BOOL" in v) return <Badge tone={v.BOOL ? "good" : "quiet"}>{String(v.BOOL)}</Badge>;
  if ("NULL" in v) return <span class="dim">null</span>;
  const p = plain(v);
  const text = typeof p === "string" ? p : JSON.stringify(p);
  return text.length > 80 ? text.slice(0, 80) + "…" : text;
}

/** typed makes an attribute of a JSON value. */
function typed(v: Doc): Value {
  if (v === null) return { NULL: true };
  if (typeof v === "string") return { S: v };
  if (typeof v === "number") return { N: String(v) };
  if (typeof v === "boolean") return { BOOL: v };
  if (Array.isArray(v)) return { L: v.map(typed) };
  return { M: Object.fromEntries(Object.entries(v).map(([k, x]) => [k, typed(x)])) };
}

function One({ name }: { name: string }) {
  const tab = tabOf("items");
  const [deleting, del] = useState(false);
  const table = useLoad((signal) => aws("dynamodb", "DescribeTable", { TableName: name }, signal).then((o) => o.Table as Doc), [name], 10_000);
  return (
    <Page title={name} icon="table" crumbs={[["Tables", ["tables"]]]} sub={table.data && <><State>{table.data.TableStatus}</State><span>{count(table.data.ItemCount ?? 0)} items</span><span class="mono">{keyNames(table.data.KeySchema).join(" · ")}</span></>} actions={<Button kind="danger" onClick={() => del(true)}>Delete</Button>}>
      <Tabs items={[["items", "Items"], ["partiql", "PartiQL"], ["settings", "Settings"]]} />
      <Show of={table}>{(t) => tab === "items" ? <Items table={t} /> : tab === "partiql" ? <PartiQL table={t} /> : <Settings table={t} />}</Show>
      {deleting && <Confirm title="Delete this table?" action="Delete" close={() => del(false)} act={async () => { await aws("dynamodb", "DeleteTable", { TableName: name }); go(["tables"]); }}><p><b>{name}</b> goes, with all of its items.</p></Confirm>}
    </Page>
  );
}

const operators: [string, string][] = [["", "any"], ["=", "="], ["<", "<"], ["<=", "≤"], [">", ">"], [">=", "≥"], ["begins_with", "begins with"], ["between", "between (a, b)"]];

function Items({ table: t }: { table: Doc }) {
  const q = route.value.query;
  const indexes: Doc[] = [...(t.GlobalSecondaryIndexes ?? []), ...(t.LocalSecondaryIndexes ?? [])];
  const index = q.get("index") ?? "";
  const keys = keyNames((indexes.find((i) => i.IndexName === index) ?? t).KeySchema);
  const typeOf = (a: string): string => t.AttributeDefinitions.find((d: Doc) => d.AttributeName === a)?.AttributeType ?? "S";
  const value = (a: string, v: string): Value => ({ [typeOf(a)]: v });
  const [hash, setHash] = useState(q.get("hash") ?? ""), [op, setOp] = useState(q.get("op") ?? ""), [range, setRange] = useState(q.get("range") ?? ""), [match, setMatch] = useState(q.get("match") ?? "");
  const [page, turn] = useState<(Doc | undefined)[]>([undefined]);
  const [editing, edit] = useState<Item | "new">();
  const settings = [index, q.get("hash"), q.get("op"), q.get("range"), q.get("match")];
  const start = page[page.length - 1];
  const items = useLoad(async (signal) => {
    const input: Doc = { TableName: t.TableName, Limit: 100, ...(index ? { IndexName: index } : {}), ...(start ? { ExclusiveStartKey: start } : {}) };
    const names: Record<string, string> = {}, values: Item = {};
    const want = q.get("hash");
    if (want) {
      names["#h"] = keys[0]; values[":h"] = value(keys[0], want);
      let condition = "#h = :h";
      const o = q.get("op"), r = q.get("range");
      if (keys[1] && o && r) {
        names["#r"] = keys[1];
        if (o === "between") { const [a, b] = r.split(",", 2); values[":a"] = value(keys[1], a.trim()); values[":b"] = value(keys[1], (b ?? "").trim()); condition += " AND #r BETWEEN :a AND :b"; }
        else { values[":r"] = value(keys[1], r); condition += o === "begins_with" ? " AND begins_with(#r, :r)" : ` AND #r ${o} :r`; }
      }
      input.KeyConditionExpression = condition;
    }
    const m = /^\s*([\w.-]+)\s*(=|<>|<=|>=|<|>|contains)\s*(.+?)\s*$/.exec(q.get("match") ?? "");
    if (m) {
      names["#f"] = m[1];
      let v: Doc = m[3];
      try { v = JSON.parse(m[3]); } catch { /* a word without quotes */ }
      values[":f"] = typed(v);
      input.FilterExpression = m[2] === "contains" ? "contains(#f, :f)" : `#f ${m[2]} :f`;
    }
    if (Object.keys(names).length) { input.ExpressionAttributeNames = names; input.ExpressionAttributeValues = values; }
    return aws("dynamodb", want ? "Query" : "Scan", input, signal);
  }, [t.TableName, ...settings, start]);
  const pick = async (i: Item) => { // whole and as it is now: an index may hold a part of it
    try {
      const now = (await aws("dynamodb", "GetItem", { TableName: t.TableName, Key: keyOf(t, i), ConsistentRead: true })).Item as Item | undefined;
      if (now) edit(now);
      else { toast("This item is gone", "bad"); items.reload(); }
    } catch (e) { toast((e as Error).message, "bad"); }
  };
  const search = () => { turn([undefined]); setQuery({ hash, op, range, match }); };
  const list = (items.data?.Items ?? []) as Item[];
  const primary = keyNames(t.KeySchema);
  const others = [...new Set(list.flatMap((i) => Object.keys(i)))].filter((a) => !primary.includes(a)).sort().slice(0, 8);
  return (
    <>
      <Card><form onSubmit={(e) => { e.preventDefault(); search(); }}><div class="row end">
        {indexes.length > 0 && <Select label="Index" value={index} set={(v) => { turn([undefined]); setQuery({ index: v, hash: "", op: "", range: "" }); }} options={[["", "The table itself"], ...indexes.map((i) => i.IndexName as string)]} />}
        <Text label={`${keys[0]} =`} value={hash} set={setHash} placeholder="any: the whole table" />
        {keys[1] && <><Select label={keys[1]} value={op} set={setOp} options={operators} />{op && <Text label="Value" value={range} set={setRange} />}</>}
        <Text label="Where" value={match} set={setMatch} placeholder='status = "open"' />
        <Button type="submit" kind="primary">{hash ? "Query" : "Scan"}</Button><span class="grow" /><Button icon="plus" onClick={() => edit("new")}>New item</Button>
      </div></form></Card>
      {items.error && <ErrorBox error={items.error} retry={items.reload} />}
      {items.data ? <Card flush title={`${count(list.length)} items${page.length > 1 ? `, page ${page.length}` : ""}`} actions={<>
        {items.data.ScannedCount > list.length && <span class="dim small">{count(items.data.ScannedCount)} looked at</span>}
        {page.length > 1 && <Button onClick={() => turn(page.slice(0, -1))}>Back</Button>}
        {items.data.LastEvaluatedKey && <Button onClick={() => turn([...page, items.data.LastEvaluatedKey])}>Further</Button>}</>}>
        <Table rows={list} keyOf={(i) => JSON.stringify(primary.map((k) => i[k]))} onPick={pick} empty={<Empty icon="table" title="No item matches" />} columns={[
          ...primary.map((k) => ({ head: k, cell: (i: Item) => brief(i[k]), sort: (i: Item) => plain(i[k] ?? { S: "" }) })),
          ...others.map((k, n) => ({ head: k, cell: (i: Item) => brief(i[k]), wide: n > 1 }))]} /></Card> : !items.error && <Card><Loading /></Card>}
      {editing && <Edit table={t} item={editing === "new" ? undefined : editing} close={() => edit(undefined)} done={() => { edit(undefined); items.reload(); }} />}
    </>
  );
}

/** conditional names the attributes and values of expressions as they are used. */
function conditional() {
  const names: Record<string, string> = {}, values: Item = {};
  return {
    name: (a: string) => { const n = `#a${Object.keys(names).length}`; names[n] = a; return n; },
    value: (v: Value) => { const n = `:v${Object.keys(values).length}`; values[n] = v; return n; },
    given: () => ({ ExpressionAttributeNames: names, ...(Object.keys(values).length ? { ExpressionAttributeValues: values } : {}) }),
  };
}

/** add puts an item where there is none. */
async function add(t: Doc, next: Item) {
  const e = conditional();
  await aws("dynamodb", "PutItem", { TableName: t.TableName, Item: next, ConditionExpression: `attribute_not_exists(${e.name(keyNames(t.KeySchema)[0])})`, ...e.given() })
    .catch(refused("It is there already", "An item with this key exists. Close this, and choose it from the list to change it."));
}

/** change writes the attributes that differ from what was read, if they are still as they were: what
 *  others have changed beside them stays, and what they have changed of them is not overwritten. */
async function change(t: Doc, was: Item, next: Item) {
  const e = conditional(), keys = keyNames(t.KeySchema), set: string[] = [], remove: string[] = [];
  const still = [`attribute_exists(${e.name(keys[0])})`];
  for (const a of new Set([...Object.keys(was), ...Object.keys(next)])) {
    if (keys.includes(a) || JSON.stringify(was[a]) === JSON.stringify(next[a])) continue;
    const n = e.name(a);
    still.push(a in was ? `${n} = ${e.value(was[a])}` : `attribute_not_exists(${n})`);
    if (a in next) set.push(`${n} = ${e.value(next[a])}`);
    else remove.push(n);
  }
  if (still.length === 1) return; // nothing differs
  await aws("dynamodb", "UpdateItem", {
    TableName: t.TableName, Key: keyOf(t, was), ConditionExpression: still.join(" AND "), ...e.given(),
    UpdateExpression: (set.length ? `SET ${set.join(", ")} ` : "") + (remove.length ? `REMOVE ${remove.join(", ")}` : ""),
  }).catch(refused("Somebody else has changed it", "What you have changed is no longer as it was when you opened the item. Copy what you need, close this, and open the item again."));
}

/** refused says in words that a condition did not hold. */
const refused = (code: string, message: string) => (e: Error): never => {
  throw e instanceof Fault && e.code === "ConditionalCheckFailedException" ? new Fault(code, message, e.status, e.requestId) : e;
};

/** keyOf is an item's primary key. */
const keyOf = (t: Doc, i: Item): Item => Object.fromEntries(keyNames(t.KeySchema).map((k) => [k, i[k]]));

/** Edit changes an item as JSON, in DynamoDB's own form or as plain values. */
function Edit({ table: t, item, close, done }: { table: Doc; item?: Item; close: () => void; done: () => void }) {
  const start = item ?? Object.fromEntries(t.AttributeDefinitions.filter((d: Doc) => keyNames(t.KeySchema).includes(d.AttributeName)).map((d: Doc) => [d.AttributeName, { [d.AttributeType]: d.AttributeType === "N" ? "0" : "" }]));
  const exact = Object.values(start).some(lossy);
  const [form, setForm] = useState(exact ? "typed" : "plain");
  const show = (f: string, i: Item) => JSON.stringify(f === "typed" ? i : plain({ M: i }), null, 2);
  const [text, set] = useState(show(form, start));
  const parse = (): Item => { const v = JSON.parse(text); return form === "typed" ? v : typed(v).M; };
  const same = (a: Item, b: Item) => JSON.stringify(keyOf(t, a)) === JSON.stringify(keyOf(t, b));
  return <Dialog wide title={item ? "Item" : "New item"} close={close}><Form send="Save" extra={item && <Button kind="danger" onClick={async () => { await aws("dynamodb", "DeleteItem", { TableName: t.TableName, Key: keyOf(t, item) }); toast("Deleted", "good"); done(); }}>Delete</Button>} submit={async () => {
    let next: Item;
    try { next = parse(); } catch (e) { throw new Error(`This is no JSON: ${(e as Error).message}`); }
    if (item && same(item, next)) await change(t, item, next);
    else await add(t, next);
    toast("Saved", "good");
    done();
  }}>
    <Select label="Form" value={form} set={(f) => { try { set(show(f, parse())); setForm(f); } catch { toast("Mend the JSON first", "bad"); } }} options={[["plain", "Plain JSON"], ["typed", "With DynamoDB's types"]]} />
    <Area label="Item" rows={18} value={text} set={set} hint={(item ? "With another key it is saved as a new item. " : "") + (form === "plain" ? "Sets and binary values need DynamoDB's types." : "")} />
  </Form></Dialog>;
}

function PartiQL({ table: t }: { table: Doc }) {
  const [text, set] = useState(`SELECT * FROM "${t.TableName}"`);
  const [rows, show] = useState<Item[]>();
  const [error, fail] = useState<Error>();
  const run = async () => { fail(undefined); try { show((await aws("dynamodb", "ExecuteStatement", { Statement: text, Limit: 200 })).Items ?? []); } catch (e) { fail(e as Error); } };
  const columns = [...new Set((rows ?? []).flatMap((r) => Object.keys(r)))];
  return <>
    <Card><div class="stacked"><Area label="Statement" rows={4} value={text} set={set} onSubmit={run} hint="Ctrl+Enter runs it." /><div class="row"><span class="grow" /><Button kind="primary" icon="play" onClick={run}>Run</Button></div></div></Card>
    {error && <ErrorBox error={error} />}
    {rows && <Card flush title={`${rows.length} items`}><Table rows={rows} empty={<Empty title="No item came back" />} columns={columns.map((c) => ({ head: c, cell: (r: Item) => brief(r[c]) }))} /></Card>}
  </>;
}

function Settings({ table: t }: { table: Doc }) {
  const ttl = useLoad((signal) => aws("dynamodb", "DescribeTimeToLive", { TableName: t.TableName }, signal).then((o) => o.TimeToLiveDescription as Doc), [t.TableName]);
  return <>
    <Card><Facts of={[["ARN", <span class="mono">{t.TableArn}</span>], ["Billing", t.BillingModeSummary?.BillingMode ?? "PROVISIONED"], ["Made", stamp(toMillis(t.CreationDateTime))], ["Size", bytes(t.TableSizeBytes ?? 0)], ["Stream", t.StreamSpecification?.StreamEnabled ? t.StreamSpecification.StreamViewType : "off"], ["Time to live", ttl.data && (ttl.data.AttributeName ? `${ttl.data.AttributeName} (${ttl.data.TimeToLiveStatus.toLowerCase()})` : "off")]]} /></Card>
    <Card flush title="Attributes of keys"><Table rows={t.AttributeDefinitions as Doc[]} columns={[{ head: "Name", cell: (d) => <span class="mono">{d.AttributeName}</span> }, { head: "Type", cell: (d) => ({ S: "text", N: "number", B: "binary" })[d.AttributeType as string] }]} /></Card>
    <Card flush title="Indexes"><Table rows={[...(t.GlobalSecondaryIndexes ?? []), ...(t.LocalSecondaryIndexes ?? [])] as Doc[]} empty={<Empty title="No index" />} columns={[{ head: "Name", cell: (i) => i.IndexName }, { head: "Key", cell: (i) => <span class="mono">{keyNames(i.KeySchema).join(" · ")}</span> }, { head: "Holds", cell: (i) => i.Projection?.ProjectionType }, { head: "State", cell: (i) => i.IndexStatus ?? "ACTIVE" }]} /></Card>
  </>;
}
