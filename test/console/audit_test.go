package console

// audit lists what cannot be used without eyes or a pointer, or hardly be read
// with them: controls without a name or within others, columns without a head,
// what only a pointer scrolls, pictures without a text, and text whose contrast to
// what is behind it is under 4.5 (3 for large or bold text), as WCAG 2 has it.
const audit = `(() => {
  const faults = new Set();
  const shown = (e) => e.checkVisibility?.({ checkOpacity: true, checkVisibilityCSS: true }) ?? true;
  for (const e of document.querySelectorAll("button, a[href], input, select, textarea, [role=button]")) {
    if (!shown(e) || e.type === "file") continue;
    const name = e.getAttribute("aria-label") || e.innerText?.trim() || e.labels?.[0]?.innerText || e.title || e.querySelector("img[alt]")?.alt;
    if (!name) faults.add("no name: " + e.outerHTML.slice(0, 120));
  }
  for (const e of document.querySelectorAll(":is(button, a[href], [role=button]) :is(button, a[href], input, select)")) faults.add("within another control: " + e.outerHTML.slice(0, 120));
  for (const e of document.querySelectorAll("th")) if (!e.textContent.trim()) faults.add("an empty head: " + e.closest("table").innerText.slice(0, 60));
  for (const e of document.querySelectorAll("main *")) {
    if (e.scrollHeight > e.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(e).overflowY) && e.tabIndex < 0 && !e.querySelector("a[href], button, input, [tabindex='0']")) faults.add("cannot be scrolled by keys: " + e.className);
  }
  for (const e of document.querySelectorAll("img:not([alt])")) faults.add("no text: " + e.outerHTML.slice(0, 120));
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids.filter((x, i) => ids.indexOf(x) !== i)) faults.add("twice: #" + id);
  if (document.querySelectorAll("h1").length !== 1) faults.add(document.querySelectorAll("h1").length + " first headings");
  if (!document.documentElement.lang) faults.add("no language");
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.canvas.width = canvas.canvas.height = 1;
  const rgba = (text) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1); const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => { const layers = []; for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 0) layers.push(c); if (c[3] === 1) break; } return layers.reverse().reduce((a, c) => over(c, a), [255, 255, 255, 1]); };
  const walk = document.createTreeWalker(document.querySelector("#app"), NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.textContent.trim() || e.closest("svg, .sr, .toasts, option, [disabled], .skip") || !shown(e)) continue;
    const s = getComputedStyle(e), back = behind(e), front = over(rgba(s.color), back);
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x), contrast = (a + 0.05) / (b + 0.05);
    const size = parseFloat(s.fontSize), large = size >= 24 || (size >= 18.6 && Number(s.fontWeight) >= 600);
    if (contrast < (large ? 3 : 4.5)) faults.add("contrast " + contrast.toFixed(2) + ": " + e.tagName + "." + e.className + " " + n.textContent.trim().slice(0, 30));
  }
  return [...faults];
})()`
