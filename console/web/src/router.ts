// Every view has its address, behind the #.
import { computed, signal } from "@preact/signals";

const hash = signal(location.hash);
addEventListener("hashchange", () => (hash.value = location.hash));

/** Route is an address: its parts, decoded, and its query. */
export interface Route {
  parts: string[];
  query: URLSearchParams;
}

export const route = computed<Route>(() => {
  const [path, query] = hash.value.replace(/^#\/?/, "").split("?", 2);
  return {
    parts: path.split("/").filter(Boolean).map((p) => { try { return decodeURIComponent(p); } catch { return p; } }),
    query: new URLSearchParams(query ?? ""),
  };
});

/** Query are the settings of an address; those that are empty are left out. */
export type Query = Record<string, string | number | undefined | null>;

/** href is the address of a view. */
export function href(parts: string[], query: Query = {}): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query)) if (v !== undefined && v !== null && v !== "") q.set(k, String(v));
  const tail = q.toString();
  return "#/" + parts.map(encodeURIComponent).join("/") + (tail ? "?" + tail : "");
}

/** go shows a view. */
export function go(parts: string[], query: Query = {}) {
  location.hash = href(parts, query);
}

/** setQuery changes settings of this view without a new entry in the history. */
export function setQuery(change: Query) {
  const q: Query = Object.fromEntries(route.value.query);
  history.replaceState(null, "", href(route.value.parts, { ...q, ...change }));
  hash.value = location.hash;
}
