// The page: its frame, and which view an address shows.
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { busy, place, read, refreshWho, setPlace, signIn, who } from "./api";
import { Icon } from "./icons";
import { go, href, route } from "./router";
import { Button, Card, Empty, ErrorBox, Form, Link, Loading, Page, Text, Toasts, type Kids } from "./ui";
import { Alarms } from "./views/alarms";
import { Apis } from "./views/apis";
import { Audit } from "./views/audit";
import { Buckets } from "./views/buckets";
import { Buses } from "./views/buses";
import { Functions } from "./views/functions";
import { Logs } from "./views/logs";
import { Machines } from "./views/machines";
import { Mail } from "./views/mail";
import { ServiceMap } from "./views/map";
import { Metrics } from "./views/metrics";
import { Pipes } from "./views/pipes";
import { Queues } from "./views/queues";
import { Stacks } from "./views/stacks";
import { Tables } from "./views/tables";
import { Topics } from "./views/topics";
import { Traces } from "./views/traces";

type View = { id: string; title: string; icon: string; show: () => Kids };

const groups: [string, View[]][] = [
  ["Observe", [
    { id: "map", title: "Map", icon: "map", show: () => <ServiceMap /> },
    { id: "traces", title: "Traces", icon: "trace", show: () => <Traces /> },
    { id: "logs", title: "Logs", icon: "logs", show: () => <Logs /> },
    { id: "metrics", title: "Metrics", icon: "metrics", show: () => <Metrics /> },
    { id: "alarms", title: "Alarms", icon: "alarm", show: () => <Alarms /> },
    { id: "audit", title: "Audit", icon: "audit", show: () => <Audit /> },
  ]],
  ["Run", [
    { id: "functions", title: "Functions", icon: "function", show: () => <Functions /> },
    { id: "apis", title: "APIs", icon: "api", show: () => <Apis /> },
    { id: "machines", title: "State machines", icon: "machine", show: () => <Machines /> },
    { id: "buses", title: "Event buses", icon: "bus", show: () => <Buses /> },
    { id: "pipes", title: "Pipes & schedules", icon: "pipe", show: () => <Pipes /> },
    { id: "stacks", title: "Stacks", icon: "stack", show: () => <Stacks /> },
  ]],
  ["Keep", [
    { id: "queues", title: "Queues", icon: "queue", show: () => <Queues /> },
    { id: "topics", title: "Topics", icon: "topic", show: () => <Topics /> },
    { id: "tables", title: "Tables", icon: "table", show: () => <Tables /> },
    { id: "buckets", title: "Buckets", icon: "bucket", show: () => <Buckets /> },
    { id: "mail", title: "Mail", icon: "mail", show: () => <Mail /> },
  ]],
];

const views = groups.flatMap(([, v]) => v);

/** Theme goes round: as the system has it, light, dark. */
function Theme() {
  const [theme, set] = useState(() => localStorage.getItem("maru.theme") ?? "");
  useEffect(() => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    localStorage.setItem("maru.theme", theme);
    dispatchEvent(new Event("theme"));
  }, [theme]);
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  return <Button kind="quiet" icon={dark ? "sun" : "moon"} label={dark ? "Light colours" : "Dark colours"} onClick={() => set(dark ? "light" : "dark")} />;
}

/** Where says and sets whose resources are shown. */
function Where() {
  const enforcing = who.value?.mode === "enforcing";
  const { account, region } = place.value;
  return (
    <div class="where">
      <span class="mode">{enforcing ? "" : "developer mode"}</span>
      <input aria-label="Account" title="Account" value={account} inputMode="numeric" disabled={enforcing}
        onChange={(e) => { if (/^\d{12}$/.test(e.currentTarget.value)) setPlace(e.currentTarget.value, region); else e.currentTarget.value = account; }} />
      <input class="region" aria-label="Region" title="Region" value={region} onChange={(e) => setPlace(account, e.currentTarget.value.trim() || "us-east-1")} />
      {enforcing && <Button kind="quiet" onClick={async () => { await read("signout"); await refreshWho(); }}>Sign out</Button>}
    </div>
  );
}

/** Find goes to a trace or a request by its id. */
function Find() {
  const [text, set] = useState("");
  return (
    <form class="search" role="search" onSubmit={(e) => {
      e.preventDefault();
      const id = text.trim();
      if (!id) return;
      if (/^1-[0-9a-f]{8}-[0-9a-f]{24}$/.test(id)) go(["traces", id]);
      else go(["logs"], { tab: "search", text: id });
      set("");
    }}>
      <Icon name="search" size={16} />
      <input type="search" aria-label="Find a trace or a log line" placeholder="Trace id, request id, words…" value={text} onInput={(e) => set(e.currentTarget.value)} />
    </form>
  );
}

function Shell() {
  const [open, setOpen] = useState(false);
  const at = route.value.parts[0] ?? "map";
  const view = views.find((v) => v.id === at);
  useEffect(() => { setOpen(false); }, [location.hash]);
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.querySelector<HTMLElement>("main h1")?.focus(); }}>To the content</a>
      <header class="top">
        <span class="menu-button"><Button kind="quiet" icon="menu" label="Menu" pressed={open} onClick={() => setOpen(!open)} /></span>
        <a class="brand" href={href(["map"])}><img src="/_maru/console/icon.svg" alt="" /><span>maru</span></a>
        <span class="spacer" />
        <span class="wide-only"><Find /></span>
        <Where />
        <Theme />
        <div class={`progress ${busy.value ? "on" : ""}`} />
      </header>
      {open && <button type="button" class="shade" aria-label="Close the menu" onClick={() => setOpen(false)} />}
      <nav class={`side ${open ? "open" : ""}`} aria-label="Views">
        {groups.map(([name, items]) => (
          <div key={name}><h2>{name}</h2>{items.map((v) => (
            <a key={v.id} href={href([v.id])} aria-current={v.id === at ? "page" : undefined} onClick={() => setOpen(false)}><Icon name={v.icon} />{v.title}</a>))}
          </div>))}
      </nav>
      <main class="main" id="main" key={at}>
        {view ? view.show() : <Page title="Nothing here"><Empty title="The console has no such view"><Link to={["map"]}>To the map</Link></Empty></Page>}
      </main>
      <Toasts />
    </div>
  );
}

/** Door asks for an access key, in enforcing mode. */
function Door() {
  const [id, setId] = useState(""), [secret, setSecret] = useState(""), [token, setToken] = useState("");
  return (
    <main class="door">
      <Card>
        <img src="/_maru/console/icon.svg" alt="" />
        <h1>Sign in to maru</h1>
        <p class="dim pad-less">The secret stays in this page: it signs one request, and a cookie stands for it for an hour.</p>
        <br />
        <Form send="Sign in" submit={() => signIn(id.trim(), secret.trim(), token.trim())}>
          <Text label="Access key id" value={id} set={setId} auto="username" required />
          <Text label="Secret access key" type="password" value={secret} set={setSecret} auto="current-password" required />
          <details><summary>Temporary credentials</summary><br /><Text label="Session token" value={token} set={setToken} /></details>
        </Form>
      </Card>
    </main>
  );
}

function App() {
  const [error, fail] = useState<Error>();
  const ask = () => { fail(undefined); refreshWho().catch(fail); };
  useEffect(ask, []);
  if (error) return <main class="door"><ErrorBox error={error} retry={ask} /></main>;
  if (!who.value) return <main class="door"><Loading /></main>;
  return who.value.signedIn ? <Shell /> : <Door />;
}

render(<App />, document.getElementById("app")!);
