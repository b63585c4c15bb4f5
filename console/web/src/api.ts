// The console's API: AWS operations in the model's own member names, the
// console's read models, and streams of one JSON document a line.
import { signal } from "@preact/signals";

/** Doc is a document whose shape the API's model says. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Doc = any;

/** Fault is an error as the API tells it. */
export class Fault extends Error {
  constructor(readonly code: string, message: string, readonly status: number, readonly requestId = "") {
    super(message);
  }
  /** missing tells whether maru does not have what was asked for (yet). */
  get missing() {
    return this.status === 501 || this.code === "NotImplemented" || this.code === "UnknownServiceException";
  }
  get gone() {
    return /NotFound|NonExistent|NoSuch|DoesNotExist|QueueDoesNotExist/.test(this.code);
  }
}

/** Who is how the page stands with maru. */
export interface Who {
  mode: "developer" | "enforcing";
  signedIn: boolean;
  account: string;
  region: string;
  name?: string;
  time: number;
}

export const who = signal<Who | null>(null);
/** place is whose resources the page shows. */
export const place = signal(stored());
/** busy counts calls under way, for the bar at the top. */
export const busy = signal(0);
let ahead = 0; // of maru's clock to this machine's

function stored(): { account: string; region: string } {
  try {
    return JSON.parse(localStorage.getItem("maru.place") ?? "") as { account: string; region: string };
  } catch {
    return { account: "", region: "" };
  }
}

/** setPlace shows another account or region from now on. */
export function setPlace(account: string, region: string) {
  place.value = { account, region };
  try {
    localStorage.setItem("maru.place", JSON.stringify(place.value));
  } catch { /* a browser that keeps nothing */ }
}

/** now is maru's time, in milliseconds. */
export const now = () => Date.now() + ahead;

function headers(): Record<string, string> {
  const h: Record<string, string> = { "Content-Type": "application/json", "X-Maru-Console": "1" };
  if (place.value.account) h["X-Maru-Account"] = place.value.account;
  if (place.value.region) h["X-Maru-Region"] = place.value.region;
  return h;
}

/** lastTrace is the trace that the newest call began, if it did. */
export const lastTrace = signal("");

async function post(path: string, body: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<Response> {
  let reply: Response;
  try {
    reply = await fetch("/_maru/api/" + path, {
      method: "POST", headers: { ...headers(), ...more }, body: typeof body === "string" ? body : JSON.stringify(body ?? {}),
      signal: signal ?? null, credentials: "same-origin",
    });
  } catch (e) {
    if (signal?.aborted) throw e;
    throw new Fault("Unreachable", "maru does not answer. Is it still running? Start it with: maru up", 0);
  }
  if (reply.ok) return reply;
  const said = (await reply.json().catch(() => ({}))) as { code?: string; message?: string; requestId?: string };
  if (reply.status === 401 && who.value) who.value = { ...who.value, signedIn: false };
  throw new Fault(said.code ?? `HTTP ${reply.status}`, said.message ?? reply.statusText, reply.status, said.requestId);
}

/** aws calls an operation. */
export async function aws<T = Doc>(service: string, operation: string, input: unknown = {}, signal?: AbortSignal): Promise<T> {
  busy.value++;
  try {
    const reply = await post(`${service}/${operation}`, input, signal);
    const trace = reply.headers.get("X-Maru-Trace-Id");
    if (trace) lastTrace.value = trace;
    return (await reply.json()) as T;
  } finally {
    busy.value--;
  }
}

/** read asks one of the console's own read models. */
export async function read<T = Doc>(model: string, input: unknown = {}, signal?: AbortSignal): Promise<T> {
  return (await (await post(`console/${model}`, input, signal)).json()) as T;
}

/** pages collects the pages of a list, up to most entries. */
export async function pages<T = Doc>(
  service: string, operation: string, input: Record<string, unknown>,
  list: string, token: [ask: string, answer: string], most = 1000, signal?: AbortSignal,
): Promise<T[]> {
  const all: T[] = [];
  let next: unknown;
  do {
    const out = await aws(service, operation, next ? { ...input, [token[0]]: next } : input, signal);
    all.push(...((out[list] as T[]) ?? []));
    next = out[token[1]];
  } while (next && all.length < most);
  return all;
}

/** stream hands on the documents of a stream until the signal is aborted. */
export async function stream(model: string, input: unknown, signal: AbortSignal, each: (doc: Doc) => void): Promise<void> {
  const reply = await post(`console/${model}`, input, signal);
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line) each(JSON.parse(line));
  }
}

/** refreshWho asks how the page stands. */
export async function refreshWho(): Promise<void> {
  const w = await read<Who>("whoami");
  ahead = w.time - Date.now();
  if (Math.abs(ahead) < 1500) ahead = 0;
  if (!place.value.account || w.mode === "enforcing") place.value = { account: w.account, region: place.value.region || w.region };
  who.value = w;
}

const utf8 = new TextEncoder();
const hex = (b: ArrayBuffer) => [...new Uint8Array(b)].map((x) => x.toString(16).padStart(2, "0")).join("");

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const k = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", k, utf8.encode(text)));
}

/** signIn proves a key by a signature that is made here: the secret stays in this page. */
export async function signIn(id: string, secret: string, token: string): Promise<void> {
  if (!crypto.subtle) {
    throw new Fault("NoWebCrypto", "This browser signs only on pages that came by TLS. Open maru by https.", 0);
  }
  const body = "{}", path = "/_maru/api/console/signin", region = place.value.region || who.value?.region || "us-east-1";
  const stamp = new Date(now()).toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${stamp.slice(0, 8)}/${region}/maru/aws4_request`;
  const digest = async (text: string) => hex(await crypto.subtle.digest("SHA-256", utf8.encode(text)));
  const signed: [string, string][] = [["host", location.host], ["x-amz-date", stamp]];
  if (token) signed.push(["x-amz-security-token", token]);
  const names = signed.map(([n]) => n).join(";");
  const canonical = ["POST", path, "", ...signed.map(([n, v]) => `${n}:${v}`), "", names, await digest(body)].join("\n");
  let key = utf8.encode("AWS4" + secret);
  for (const part of scope.split("/")) key = await hmac(key, part);
  const signature = hex((await hmac(key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${await digest(canonical)}`)).buffer);
  const more: Record<string, string> = {
    "X-Amz-Date": stamp,
    Authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
  if (token) more["X-Amz-Security-Token"] = token;
  await post("console/signin", body, undefined, more);
  await refreshWho();
}
