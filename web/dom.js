// Small helpers for elements, and numbers for people.

/** h("div", { class: "card", onclick: f }, "text", child, …); properties named on… are listeners. */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** [f(0), …, f(n - 1)] */
export const times = (n, f) => Array.from({ length: n }, (_, i) => f(i));
export const box = (name, ...children) => h("div", { class: name || null }, children);
export const action = (properties, ...children) => h("button", { type: "button", ...properties }, children);
export const button = (onclick, ...children) => action({ onclick }, children);
export const card = (title, ...children) => h("section", { class: "card stack" }, title ? h("h2", {}, title) : null, children);
export const soft = (...children) => h("p", { class: "soft" }, children);
/** The sentence a view begins with. */
export const lead = (...words) => h("p", { class: "lead" }, words);
export const statusLine = () => h("p", { class: "status", role: "status" });
/** A region that scrolls when its content is too wide or too tall, by keys as well. */
export const scroll = (label, ...children) => h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, children);

export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false)
      continue;
    if (name.startsWith("on"))
      element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled" || name === "selected")
      element[name] = value;
    else
      element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter(c => c !== null && c !== undefined && c !== false));
  return element;
}

/** A number in few digits: 12345, 123.4, 1.234, 0.0123, 1.2e-5. */
export function fmt(x, digits = 4) {
  if (x === null || x === undefined || Number.isNaN(x))
    return "–";
  if (!Number.isFinite(x))
    return x > 0 ? "∞" : "−∞";
  const a = Math.abs(x);
  if (a !== 0 && (a < 1e-4 || a >= 1e7))
    return x.toExponential(1).replace("-", "−");
  const places = a >= 1000 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(a || 1)));
  return x.toFixed(Math.min(places, 4)).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "").replace("-", "−");
}

export const percent = p => (p > 0 && p < 0.001 ? "<0.1" : p < 1 && p > 0.9995 ? ">99.9" : (100 * p).toFixed(p && (p < 0.0995 || p > 0.9905) && p < 1 ? 1 : 0)) + " %";

export function debounce(f, ms) {
  let timer = 0;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => f(...args), ms);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

/** Offers content as a file. */
export function download(name, content, type = "application/octet-stream") {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Offers lines of cells as CSV. */
export function downloadCsv(name, lines) {
  const quote = t => (/[",\r\n]/.test(t) ? `"${t.replaceAll('"', '""')}"` : t);
  download(name, lines.map(line => line.map(c => quote(String(c))).join(",") + "\n").join(""), "text/csv");
}

/** A list of names with bars from 0 to 1: items [{ name, value, text, warm }]. */
export function meters(items, label) {
  return h("ul", { class: "meter", "aria-label": label }, items.map(({ name, value, text, warm }) => {
    const fillBar = h("div", { class: warm ? "fill warm" : "fill" });
    fillBar.style.width = `${100 * Math.max(0, Math.min(1, value))}%`;
    return h("li", {}, h("span", { class: "name", title: name }, name), box("track", fillBar),
      h("span", { class: "number" }, text ?? percent(value)));
  }));
}

/** The present value of a CSS variable. */
export const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** [r, g, b] of a #rrggbb or #rgb token. */
export function rgb(name) {
  const t = token(name).replace("#", "");
  const full = t.length === 3 ? [...t].map(c => c + c).join("") : t;
  return [0, 2, 4].map(i => parseInt(full.slice(i, i + 2), 16));
}
