// What views share in how they load and keep up to date.
import { useEffect, useRef, useState } from "preact/hooks";
import { place } from "./api";

/** Loaded is what has been loaded so far. */
export interface Loaded<T> {
  data: T | undefined;
  error: Error | undefined;
  loading: boolean;
  reload: () => void;
}

/** useLoad loads on the first show and when deps change, and again every so many
 *  milliseconds while the page can be seen. Old answers never replace newer ones. */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, deps: unknown[], every = 0): Loaded<T> {
  const [state, set] = useState<{ data?: T; error?: Error; loading: boolean; key?: string }>({ loading: true }); // key: what it was loaded for
  const [turn, again] = useState(0);
  const key = JSON.stringify([deps, place.value]);
  const shown = useRef("");
  useEffect(() => {
    const stop = new AbortController();
    let timer = 0;
    const fresh = shown.current !== key;
    shown.current = key;
    set((s) => (fresh ? { loading: true, key } : { ...s, loading: true }));
    const run = async () => {
      try {
        const data = await load(stop.signal);
        if (!stop.signal.aborted) set({ data, loading: false, key });
      } catch (e) {
        if (!stop.signal.aborted) set((s) => ({ data: s.data, error: e as Error, loading: false, key }));
      }
      if (every && !stop.signal.aborted) timer = window.setTimeout(wait, every);
    };
    const wait = () => {
      if (document.hidden) timer = window.setTimeout(wait, every);
      else void run();
    };
    void run();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, turn, every]);
  const own = state.key === key; // the first show after a change still has what was loaded before it
  return { data: own ? state.data : undefined, error: own ? state.error : undefined, loading: state.loading, reload: () => again((n) => n + 1) };
}

/** useWidth is the width of an element as it changes. */
export function useWidth<E extends Element>(): [ref: { current: E | null }, width: number, height: number] {
  const ref = useRef<E>(null);
  const [size, set] = useState<[number, number]>([0, 0]);
  useEffect(() => {
    if (!ref.current) return;
    const watch = new ResizeObserver(([e]) => set([Math.floor(e.contentRect.width), Math.floor(e.contentRect.height)]));
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return [ref, size[0], size[1]];
}

/** useTick shows again every so often, for times that are relative. */
export function useTick(every: number) {
  const [, set] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => set((n) => n + 1), every);
    return () => clearInterval(timer);
  }, [every]);
}
