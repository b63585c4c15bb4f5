// Audit: who did what, as CloudTrail has written it.
import { useState } from "preact/hooks";
import { aws, now, type Doc } from "../api";
import { lastOf, stamp, toMillis } from "../format";
import { useLoad } from "../hooks";
import { route, setQuery } from "../router";
import { Badge, Card, Dialog, Empty, Facts, Json, Page, Search, Select, Show, Table, Time } from "../ui";
import { ages } from "./logs";

const keys: [string, string][] = [["EventName", "Operation"], ["EventSource", "Service"], ["Username", "User"], ["ResourceName", "Resource"], ["EventId", "Event id"]];

export function Audit() {
  const q = route.value.query, by = q.get("by") ?? "EventName", value = q.get("q") ?? "", seconds = Number(q.get("age") ?? 86400), all = q.get("reads") === "1";
  const [chosen, choose] = useState<Doc>();
  const events = useLoad(async (signal) => {
    const end = now() / 1000, list: Doc[] = [];
    const attributes = value ? [{ AttributeKey: by, AttributeValue: by === "EventSource" && !value.includes(".") ? value + ".amazonaws.com" : value }] : all ? [] : [{ AttributeKey: "ReadOnly", AttributeValue: "false" }];
    let next: string | undefined;
    do {
      const out: Doc = await aws("cloudtrail", "LookupEvents", { StartTime: Math.floor(end - seconds), EndTime: Math.ceil(end), MaxResults: 50, ...(attributes.length ? { LookupAttributes: attributes } : {}), ...(next ? { NextToken: next } : {}) }, signal);
      list.push(...(out.Events ?? []));
      next = out.NextToken;
    } while (next && list.length < 300);
    return list.map((e) => ({ ...e, doc: JSON.parse(e.CloudTrailEvent ?? "{}") as Doc }));
  }, [by, value, seconds, all], 10_000);
  return (
    <Page title="Audit" icon="audit" actions={<Select bare label="How far back" value={String(seconds)} set={(v) => setQuery({ age: v })} options={ages} />}>
      <div class="row">
        <Select bare label="Look for" value={by} set={(v) => setQuery({ by: v })} options={keys} /><Search label="Exactly" placeholder={by === "EventName" ? "CreateQueue" : by === "EventSource" ? "sqs" : "exactly"} />
        <label class="check"><input type="checkbox" checked={all} disabled={Boolean(value)} onChange={(e) => setQuery({ reads: e.currentTarget.checked ? 1 : "" })} />also what only reads</label>
      </div>
      <Card flush><Show of={events}>{(list) => <Table rows={list} keyOf={(e) => e.EventId} onPick={choose} empty={<Empty icon="audit" title="No call in this time" />} columns={[
        { head: "Operation", cell: (e) => <span class="nowrap">{e.EventName}</span> }, { head: "Service", cell: (e) => String(e.EventSource).replace(".amazonaws.com", "") },
        { head: "By", cell: (e) => <span class="dim">{e.Username ?? e.doc.userIdentity?.invokedBy ?? lastOf(e.doc.userIdentity?.arn ?? "")}</span>, wide: true },
        { head: "On", cell: (e) => { const on = (e.Resources ?? []).map((r: Doc) => lastOf(r.ResourceName ?? "")).join(", "); return <span class="cut" title={on}>{on}</span>; }, wide: true },
        { head: "Outcome", cell: (e) => (e.doc.errorCode ? <Badge tone="bad" title={e.doc.errorMessage}>{e.doc.errorCode}</Badge> : <Badge tone="good">done</Badge>) },
        { head: "When", cell: (e) => <span class="nowrap"><Time at={toMillis(e.EventTime)} /></span> }]} />}</Show></Card>
      {chosen && <Dialog wide title={`${chosen.EventName}`} close={() => choose(undefined)}>
        <Facts of={[["When", stamp(toMillis(chosen.EventTime))], ["By", chosen.doc.userIdentity?.arn ?? chosen.Username], ["From", chosen.doc.sourceIPAddress], ["With", chosen.doc.userAgent], ["Error", chosen.doc.errorMessage]]} />
        <Json of={chosen.doc} />
      </Dialog>}
    </Page>
  );
}
