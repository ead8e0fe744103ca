// The address holds what the page shows: #/view?model=NAME&count=64&…. A link, a reload and the back button restore it.
import { h } from "./dom.js";

export function readAddress() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const params = new URLSearchParams(query);
  for (const [name, value] of new URLSearchParams(location.search))
    if (!params.has(name))
      params.set(name, value);
  return { view: path, params };
}

/** The address of a view with these settings. */
export function addressOf(view, settings = {}) {
  const params = new URLSearchParams(Object.entries(settings).filter(([, v]) => v !== undefined && v !== null && v !== ""));
  const text = params.toString();
  return `#/${view}${text ? "?" + text : ""}`;
}

export class Settings {
  constructor(view, params, defaults) {
    Object.assign(this, { view, params, defaults });
  }

  /** A setting, of the type of its default. Fields clamp numbers to their bounds. */
  get(name) {
    const text = this.params.get(name), usual = this.defaults[name];
    if (text === null)
      return usual;
    if (typeof usual === "number")
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : usual;
    return typeof usual === "boolean" ? text === "1" : text;
  }

  set(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (value === this.defaults[name] || value === undefined || value === null || value === "")
        this.params.delete(name);
      else
        this.params.set(name, typeof value === "boolean" ? (value ? "1" : "0") : String(value));
    }
    history.replaceState(null, "", location.pathname + addressOf(this.view, Object.fromEntries(this.params)));
  }

  /** A labelled number input bound to a setting. */
  number(name, label, { min, max, step = 1, hint, onchange }) {
    const bound = v => Math.min(max, Math.max(min, v));
    const input = h("input", { type: "number", min, max, step, value: bound(this.get(name)), title: hint, onchange: () => {
      const v = input.value.trim() === "" || !Number.isFinite(input.valueAsNumber) ? this.defaults[name] : bound(input.valueAsNumber);
      input.value = v;
      this.set({ [name]: v });
      onchange?.(v);
    } });
    return h("label", { class: "field" }, label, input);
  }

  select(name, label, options, onchange) {
    const now = this.get(name);
    const select = h("select", { onchange: () => { this.set({ [name]: select.value }); onchange?.(select.value); } },
      options.map(([value, text]) => h("option", { value, selected: value === now }, text)));
    return h("label", { class: "field" }, label, select);
  }
}
