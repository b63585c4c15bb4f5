// The small parts that every view is made of.
import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { Fault, now } from "./api";
import { ago, stamp } from "./format";
import { useTick } from "./hooks";
import { Icon } from "./icons";
import { href, route, setQuery, type Query } from "./router";

export type Kids = ComponentChildren;

/** Link leads to a view. */
export function Link({ to, query, children, class: cls, title }: { to: string[]; query?: Query; children: Kids; class?: string; title?: string }) {
  return <a href={href(to, query)} class={cls} title={title}>{children}</a>;
}

/** Page is a view's frame. */
export function Page({ title, icon, crumbs, actions, children, wide, sub }: {
  title: string; icon?: string; crumbs?: [string, string[]][]; actions?: Kids; children: Kids; wide?: boolean; sub?: Kids;
}) {
  useEffect(() => {
    document.title = `${title} · maru`;
  }, [title]);
  return (
    <div class={wide ? "page wide" : "page"}>
      <header class="page-head">
        <div class="page-title">
          {crumbs && <nav class="crumbs" aria-label="Where this is">{crumbs.map(([name, to]) => <span key={name}><Link to={to}>{name}</Link></span>)}</nav>}
          <h1 tabIndex={-1}>{icon && <span class="title-icon"><Icon name={icon} size={22} /></span>}<span>{title}</span></h1>
          {sub && <div class="sub">{sub}</div>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** Card is a part of a view with a border. */
export function Card({ title, actions, children, flush, class: cls }: { title?: Kids; actions?: Kids; children: Kids; flush?: boolean; class?: string }) {
  return (
    <section class={`card ${flush ? "flush" : ""} ${cls ?? ""}`}>
      {(title || actions) && <header class="card-head">{title && <h2>{title}</h2>}{actions && <div class="actions">{actions}</div>}</header>}
      <div class="card-body">{children}</div>
    </section>
  );
}

type ButtonProps = { onClick?: () => unknown; children?: Kids; kind?: "primary" | "danger" | "quiet"; icon?: string; label?: string; disabled?: boolean; type?: "button" | "submit"; pressed?: boolean };

/** Button does something, and shows that it does as long as it lasts. */
export function Button({ onClick, children, kind, icon, label, disabled, type = "button", pressed }: ButtonProps) {
  const [working, set] = useState(false);
  const alive = useRef(true);
  useEffect(() => () => { alive.current = false; }, []);
  const click = async () => {
    if (!onClick || working) return;
    const result = onClick();
    if (!(result instanceof Promise)) return;
    set(true);
    try {
      await result;
    } catch (e) {
      toast(describe(e as Error).message, "bad");
    } finally {
      if (alive.current) set(false);
    }
  };
  return (
    <button type={type} class={`button ${kind ?? ""} ${children ? "" : "round"}`} onClick={click} disabled={disabled} aria-busy={working}
      aria-label={label} title={label} aria-pressed={pressed}>
      {working ? <span class="spinner" /> : icon && <Icon name={icon} size={16} />}{children && <span>{children}</span>}
    </button>
  );
}

/** Field is an input with its name. */
export function Field({ label, children, hint }: { label: string; children: (id: string) => Kids; hint?: Kids }) {
  const id = useId();
  return <div class="field"><label for={id}>{label}</label>{children(id)}{hint && <div class="hint">{hint}</div>}</div>;
}

type TextProps = { label: string; value: string; set: (v: string) => void; placeholder?: string; hint?: Kids; type?: string; required?: boolean; auto?: string };

/** Text is a line of input. */
export function Text({ label, value, set, placeholder, hint, type = "text", required, auto }: TextProps) {
  return <Field label={label} hint={hint}>{(id) => <input id={id} type={type} value={value} placeholder={placeholder} required={required}
    autocomplete={auto ?? "off"} spellcheck={false} onInput={(e) => set(e.currentTarget.value)} />}</Field>;
}

/** Area is input of several lines, in the type of programs. */
export function Area({ label, value, set, rows = 8, hint, placeholder, onSubmit }: TextProps & { rows?: number; onSubmit?: () => void }) {
  return <Field label={label} hint={hint}>{(id) => <textarea id={id} rows={rows} value={value} placeholder={placeholder} spellcheck={false}
    onInput={(e) => set(e.currentTarget.value)}
    onKeyDown={(e) => { if (onSubmit && e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); onSubmit(); } }} />}</Field>;
}

/** Select chooses one of several. */
export function Select({ label, value, set, options, bare }: { label: string; value: string; set: (v: string) => void; options: (string | [string, string])[]; bare?: boolean }) {
  const items = options.map((o) => (typeof o === "string" ? [o, o] : o));
  const control = (id?: string) => (
    <select id={id} value={value} aria-label={id ? undefined : label} onChange={(e) => set(e.currentTarget.value)}>
      {items.map(([v, name]) => <option key={v} value={v}>{name}</option>)}
    </select>
  );
  return bare ? control() : <Field label={label}>{control}</Field>;
}

/** Search filters what a view lists, and keeps it in the address. */
export function Search({ name = "q", label, placeholder }: { name?: string; label: string; placeholder?: string }) {
  return (
    <div class="search">
      <Icon name="search" size={16} />
      <input type="search" aria-label={label} placeholder={placeholder ?? label} value={route.value.query.get(name) ?? ""} spellcheck={false}
        onInput={(e) => setQuery({ [name]: e.currentTarget.value })} />
    </div>
  );
}

/** Tabs switch between parts of a view; which one stands in the address. */
export function Tabs({ items, name = "tab" }: { items: [string, string, number?][]; name?: string }) {
  const at = route.value.query.get(name) ?? items[0][0];
  return (
    <nav class="tabs" aria-label="Parts of this view">
      {items.map(([id, title, n]) => (
        <a key={id} href={href(route.value.parts, { [name]: id === items[0][0] ? "" : id })} aria-current={id === at ? "page" : undefined}>
          {title}{n !== undefined && <span class="count">{n}</span>}
        </a>
      ))}
    </nav>
  );
}

/** tabOf is the tab that is shown. */
export const tabOf = (first: string, name = "tab") => route.value.query.get(name) ?? first;

export type Tone = "good" | "warn" | "bad" | "info" | "quiet";

/** Badge is a state in a word. */
export function Badge({ tone = "quiet", children, title }: { tone?: Tone; children: Kids; title?: string }) {
  return <span class={`badge ${tone}`} title={title}>{children}</span>;
}

/** toneOf reads how a state of any service is meant. */
export function toneOf(state: string): Tone {
  if (/IN_PROGRESS|PENDING|RUNNING|CREATING|UPDATING|STARTING|CANCELLING|Pending|InProgress/.test(state)) return "info";
  if (/FAIL|ROLLBACK|ERROR|ABORTED|TIMED_OUT|^ALARM|Failed|DELETE_/i.test(state)) return "bad";
  if (/COMPLETE|SUCCEEDED|ACTIVE|ENABLED|^OK$|Active|Enabled|Successful/.test(state)) return "good";
  if (/INSUFFICIENT|STOPPED|DISABLED|CANCELLED|WARN/i.test(state)) return "warn";
  return "quiet";
}

/** State is a service's word for a state, in its colour. */
export const State = ({ children }: { children: string }) => <Badge tone={toneOf(children)}>{children.replace(/_/g, " ").toLowerCase()}</Badge>;

/** Time is a moment: how long ago, and in full when pointed at. */
export function Time({ at }: { at: number }) {
  useTick(10_000);
  if (Number.isNaN(at)) return <span class="dim">–</span>;
  return <time dateTime={new Date(at).toISOString()} title={stamp(at)}>{ago(at, now())}</time>;
}

/** Facts are names with their values. */
export function Facts({ of }: { of: [string, Kids][] }) {
  return <dl class="facts">{of.filter(([, v]) => v !== undefined && v !== null && v !== "").map(([k, v]) => <div key={k}><dt>{k}</dt><dd>{v}</dd></div>)}</dl>;
}

/** Stat is a number to be seen from afar. */
export function Stat({ label, value, tone, sub }: { label: string; value: Kids; tone?: Tone; sub?: Kids }) {
  return <div class={`stat ${tone ?? ""}`}><div class="stat-value">{value}</div><div class="stat-label">{label}</div>{sub && <div class="stat-sub">{sub}</div>}</div>;
}

/** Column is a column of a table. */
export interface Column<T> {
  head: string;
  cell: (row: T) => Kids;
  sort?: (row: T) => string | number;
  right?: boolean;
  wide?: boolean; // left out on small screens
  mono?: boolean;
}

/** Table lists rows. A row that leads somewhere is a link in its first cell. */
export function Table<T>({ rows, columns, to, empty, most = 500, keyOf, onPick }: {
  rows: T[]; columns: Column<T>[]; to?: (row: T) => [string[], Query?] | undefined; empty?: Kids; most?: number; keyOf?: (row: T) => string; onPick?: (row: T) => void;
}) {
  const [order, setOrder] = useState<{ by: number; down: boolean } | null>(null);
  const shown = useMemo(() => {
    const by = order && columns[order.by].sort;
    if (!by) return rows;
    const sign = order.down ? -1 : 1;
    return [...rows].sort((a, b) => { const x = by(a), y = by(b); return x < y ? -sign : x > y ? sign : 0; });
  }, [rows, order]);
  if (rows.length === 0) return <>{empty ?? <Empty title="Nothing here yet" />}</>;
  return (
    <div class="table-wrap">
      <table>
        <thead><tr>{columns.map((c, i) => (
          <th key={c.head} scope="col" class={`${c.right ? "right" : ""} ${c.wide ? "wide-only" : ""}`} aria-sort={order?.by === i ? (order.down ? "descending" : "ascending") : undefined}>
            {c.sort ? <button type="button" class="sort" onClick={() => setOrder({ by: i, down: order?.by === i ? !order.down : false })}>{c.head}{order?.by === i ? (order.down ? " ↓" : " ↑") : ""}</button> : c.head || <span class="sr">What can be done</span>}
          </th>))}</tr></thead>
        <tbody>{shown.slice(0, most).map((row, n) => {
          const target = to?.(row);
          return (
            <tr key={keyOf ? keyOf(row) : n} class={target || onPick ? "leads" : ""}
              onClick={(e) => {
                if ((e.target as Element).closest("a,button,input,select")) return;
                if (onPick) onPick(row);
                else if (target && !getSelection()?.toString()) location.hash = href(...target);
              }}>
              {columns.map((c, i) => (
                <td key={c.head} class={`${c.right ? "right" : ""} ${c.wide ? "wide-only" : ""} ${c.mono ? "mono" : ""}`}>
                  {i === 0 && target ? <a class="row-link" href={href(...target)}>{c.cell(row)}</a>
                    : i === 0 && onPick ? <button type="button" class="row-link" onClick={() => onPick(row)}>{c.cell(row)}</button> : c.cell(row)}
                </td>))}
            </tr>
          );
        })}</tbody>
      </table>
      {shown.length > most && <p class="dim pad">{shown.length - most} more are not shown; narrow the search.</p>}
    </div>
  );
}

/** Empty says that there is nothing, and what to do about it. */
export function Empty({ title, children, icon }: { title: string; children?: Kids; icon?: string }) {
  return <div class="empty">{icon && <Icon name={icon} size={36} />}<p class="empty-title">{title}</p>{children && <div>{children}</div>}</div>;
}

/** describe turns an error into what to do. */
export function describe(e: Error): { title: string; message: string } {
  if (!(e instanceof Fault)) return { title: "This view stumbled", message: e.message };
  if (e.missing) return { title: "Not in this maru yet", message: e.message };
  if (e.code === "Unreachable") return { title: "No answer", message: e.message };
  if (e.gone) return { title: "It is not there", message: e.message + " It may have been deleted, or live in another account or region." };
  if (/AccessDenied|Unauthorized|NotAuthorized/.test(e.code)) return { title: "Not allowed", message: e.message };
  if (/Throttl|TooMany|LimitExceeded/.test(e.code)) return { title: "Too much at once", message: e.message + " Try again in a moment." };
  return { title: e.code, message: e.message };
}

/** ErrorBox shows an error, and offers to try again. */
export function ErrorBox({ error, retry }: { error: Error; retry?: () => void }) {
  const { title, message } = describe(error);
  const missing = error instanceof Fault && error.missing;
  return (
    <div class={`notice ${missing ? "info" : "bad"}`} role={missing ? "status" : "alert"}>
      <Icon name="warn" size={20} />
      <div><strong>{title}</strong><p>{message}</p>
        {error instanceof Fault && error.requestId && !missing && <p class="dim small">request {error.requestId}</p>}</div>
      {retry && !missing && <Button onClick={retry} icon="reload">Try again</Button>}
    </div>
  );
}

/** Loading stands where something will be. */
export const Loading = ({ rows = 4 }: { rows?: number }) => (
  <div class="loading" role="status" aria-label="Loading">{Array.from({ length: rows }, (_, i) => <div key={i} class="bone" />)}</div>
);

/** Show shows what was loaded, or how that stands. */
export function Show<T>({ of, children, rows }: { of: { data: T | undefined; error: Error | undefined; reload: () => void }; children: (data: T) => Kids; rows?: number }) {
  return (
    <>
      {of.error && <ErrorBox error={of.error} retry={of.reload} />}
      {of.data !== undefined ? children(of.data) : !of.error && <Loading rows={rows} />}
    </>
  );
}

/** Copy puts a text on the clipboard. */
export function Copy({ text, label = "Copy" }: { text: string; label?: string }) {
  return <Button kind="quiet" icon="copy" label={label} onClick={async () => {
    await navigator.clipboard.writeText(text);
    toast("Copied", "good");
  }} />;
}

/** Code is text as programs write it. JSON has its colours. */
export function Code({ text, max = 200_000 }: { text: string; max?: number }) {
  const cut = text.length > max ? text.slice(0, max) + "\n…" : text;
  return <div class="code"><pre tabIndex={0}>{coloured(cut)}</pre><Copy text={text} /></div>;
}

const tokens = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g;

/** coloured marks the parts of JSON; other text stays as it is. */
function coloured(text: string): Kids {
  const first = text.trimStart()[0];
  if ((first !== "{" && first !== "[") || text.length > 100_000) return text;
  const out: Kids[] = [];
  let at = 0;
  for (const m of text.matchAll(tokens)) {
    out.push(text.slice(at, m.index));
    const cls = m[1] ? (m[2] ? "k" : "s") : m[3] ? "b" : "n";
    out.push(<span class={`j-${cls}`}>{m[1] ?? m[0]}</span>, m[2] ?? "");
    at = m.index + m[0].length;
  }
  out.push(text.slice(at));
  return out;
}

/** Json is a value laid out. */
export const Json = ({ of }: { of: unknown }) => <Code text={JSON.stringify(of, null, 2) ?? ""} />;

/** Dialog asks for something in front of the view. */
export function Dialog({ title, close, children, wide }: { title: string; close: () => void; children: Kids; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const over = useRef(false); // told late: the next dialog may be open by then
  useEffect(() => {
    const d = ref.current!;
    d.showModal();
    return () => { over.current = true; d.close(); };
  }, []);
  return (
    <dialog ref={ref} class={wide ? "wide" : ""} aria-label={title} onClose={() => over.current || close()} onMouseDown={(e) => { if (e.target === ref.current) close(); }}>
      <header><h2>{title}</h2><Button kind="quiet" icon="close" label="Close" onClick={close} /></header>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

/** Form hands its values on when it is sent. */
export function Form({ children, submit, send = "Send", kind = "primary", extra }: { children: Kids; submit: () => Promise<unknown>; send?: string; kind?: "primary" | "danger"; extra?: Kids }) {
  const [error, fail] = useState<Error>();
  const run = async () => {
    fail(undefined);
    try {
      await submit();
    } catch (e) {
      fail(e as Error);
    }
  };
  const [working, set] = useState(false);
  const onSubmit = async (e: JSX.TargetedEvent<HTMLFormElement>) => {
    e.preventDefault();
    if (working) return;
    set(true);
    await run();
    set(false);
  };
  return (
    <form onSubmit={onSubmit}>
      {children}
      {error && <ErrorBox error={error} />}
      <div class="form-end">{extra}<button type="submit" class={`button ${kind}`} aria-busy={working}>{working && <span class="spinner" />}<span>{send}</span></button></div>
    </form>
  );
}

/** Confirm asks before what cannot be undone. */
export function Confirm({ title, children, act, action, close }: { title: string; children: Kids; act: () => Promise<unknown>; action: string; close: () => void }) {
  return <Dialog title={title} close={close}><Form kind="danger" send={action} submit={async () => { await act(); close(); }}>{children}</Form></Dialog>;
}

const toasts = signal<{ id: number; text: string; tone: Tone }[]>([]);
let toastId = 0;

/** toast says something that passes. */
export function toast(text: string, tone: Tone = "info") {
  const id = ++toastId;
  toasts.value = [...toasts.value.slice(-2), { id, text, tone }];
  setTimeout(() => (toasts.value = toasts.value.filter((t) => t.id !== id)), tone === "bad" ? 9000 : 3500);
}

/** Toasts are what was said lately. */
export const Toasts = () => <div class="toasts" role="status" aria-live="polite">{toasts.value.map((t) => <div key={t.id} class={`toast ${t.tone}`}>{t.text}</div>)}</div>;
