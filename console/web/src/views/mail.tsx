// Mail: what applications have sent to people.
import { read, type Doc } from "../api";
import { ago, fromBase64, stamp } from "../format";
import { useLoad } from "../hooks";
import { now } from "../api";
import { Icon } from "../icons";
import { route, setQuery } from "../router";
import { Badge, Card, Code, Empty, Facts, Page, Search, Show, tabOf, Tabs } from "../ui";

export function Mail() {
  const list = useLoad((signal) => read("mail", {}, signal).then((o) => o.messages as Doc[]), [], 3000);
  const q = (route.value.query.get("q") ?? "").toLowerCase(), id = route.value.parts[1] ?? route.value.query.get("id");
  return (
    <Page title="Mail" icon="mail" actions={<Search label="Find a message" />}>
      <Show of={list}>{(all) => {
        const shown = all.filter((m) => `${m.subject} ${m.from} ${(m.to ?? []).join(" ")} ${m.text}`.toLowerCase().includes(q));
        if (!shown.length) return <Card><Empty icon="mail" title={q ? "No message matches" : "Nothing has been sent"}>{!q && <p>E-mail, text messages and pushes of applications stay here; none leaves this machine unless maru is started with --smtp.</p>}</Empty></Card>;
        const one = shown.find((m) => m.id === id) ?? shown[0];
        return (
          <div class="mail-view">
            <Card flush><div class="mail-list scroll">{shown.map((m) => <button key={m.id} type="button" aria-current={m === one ? "true" : undefined} onClick={() => setQuery({ id: m.id })}>
              <span class="first"><span class="subject">{m.subject || (m.text ?? "").slice(0, 60) || m.channel}</span><span class="dim small nowrap">{ago(Date.parse(m.at), now())}</span></span>
              <span class="dim">{m.channel !== "email" && <Badge tone="info">{m.channel}</Badge>} to {(m.to ?? []).join(", ")}</span></button>)}</div></Card>
            <Letter key={one.id} m={one} />
          </div>);
      }}</Show>
    </Page>
  );
}

function Letter({ m }: { m: Doc }) {
  const tab = tabOf(m.html ? "html" : "text", "as");
  const tabs: [string, string][] = [...(m.html ? [["html", "As sent"] as [string, string]] : []), ["text", "Text"], ...(m.raw ? [["raw", "Source"] as [string, string]] : [])];
  return (
    <Card title={m.subject || "Message"} actions={m.relayError ? <Badge tone="bad" title={m.relayError}>not passed on</Badge> : m.relayed ? <Badge tone="good">passed on to {m.relayed}</Badge> : <Badge>kept here</Badge>}>
      <div class="stacked">
        <Facts of={[["From", m.from], ["To", (m.to ?? []).join(", ")], ["Cc", (m.cc ?? []).join(", ")], ["Bcc", (m.bcc ?? []).join(", ")], ["Reply to", (m.replyTo ?? []).join(", ")], ["Sent", stamp(Date.parse(m.at))], ["By", m.sourceArn]]} />
        {tabs.length > 1 && <Tabs items={tabs} name="as" />}
        {tab === "html" && m.html ? <iframe class="letter" title="The message" sandbox="" src={`/_maru/api/console/letter?id=${encodeURIComponent(m.id)}&account=${m.account}`} /> : tab === "raw" && m.raw ? <Code text={fromBase64(m.raw)} /> : <div style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{m.text || <span class="dim"><Icon name="file" /> It has no text part.</span>}</div>}
      </div>
    </Card>
  );
}
