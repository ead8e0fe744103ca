// The frame around the views: the model, the view, the key, the theme, a server that comes and goes.
import { Boltz, BoltzError } from "./boltz.js";
import { box, fmt, h, scroll, sleep } from "./dom.js";
import { How } from "./how.js";
import { Model } from "./model.js";
import { addressOf, readAddress, Settings } from "./settings.js";
import { getFile, putFile } from "./store.js";

const VIEWS = [
  ["generate", "Generate", () => import("./generate.js")],
  ["draw", "Draw", () => import("./draw.js")],
  ["inside", "Inside", () => import("./inside.js")],
  ["rows", "Rows", () => import("./rows.js")],
  ["between", "Between", () => import("./between.js")],
  ["learn", "How it works", () => import("./learn.js")],
];

const $ = id => document.getElementById(id);

/* the server */

/** The client; it tells the frame when a key is needed and when the server does not answer. */
class PageBoltz extends Boltz {
  async call(...args) {
    try {
      return await super.call(...args);
    } catch (error) {
      if (error instanceof BoltzError && error.code === "unreachable")
        lost();
      if (error instanceof BoltzError && (error.status === 401 || error.status === 403))
        askKey(error);
      throw error;
    }
  }
}

const stored = name => { try { return sessionStorage.getItem(name) ?? ""; } catch { return ""; } };
const api = new PageBoltz("", { key: stored("boltz-key") });
const waiting = new Set(); /* called when the server is back */
let away = false;

async function lost() {
  if (away)
    return;
  away = true;
  $("offline").hidden = false;
  $("offline").textContent = "The server does not answer. Trying again…";
  for (let wait = 500; away; wait = Math.min(4000, wait * 1.5)) {
    await sleep(wait);
    try {
      if ((await fetch("v2/health/ready")).ok)
        away = false;
    } catch { /* still away */ }
  }
  $("offline").hidden = true;
  const calls = [...waiting];
  waiting.clear();
  await loadModels();
  calls.forEach(f => f());
  if (!view)
    mount();
}

function askKey(error) {
  $("key-button").hidden = false;
  $("key-form").hidden = false;
  $("key-said").textContent = error.status === 403 || api.key ? error.message : "";
}

function useKey(key) {
  api.key = key.trim();
  try { sessionStorage.setItem("boltz-key", api.key); } catch { /* private window: kept by the page alone */ }
  $("key-form").hidden = true;
  $("key-said").textContent = "";
  start();
}

/* models */

let models = [], model = null, view = null, mounting = 0;

async function loadModels() {
  models = await api.models();
  const select = $("model");
  select.replaceChildren(...models.map(m => {
    const sizes = m.layers.filter(l => l.role === "hidden").map(l => l.size).join("–");
    const text = m.state === "READY" ? `${m.name} · ${m.kind}${sizes ? " " + sizes : ""}` : `${m.name} · ${m.state.toLowerCase()}`;
    return h("option", { value: m.name, disabled: m.state !== "READY" }, text);
  }));
  if (!models.length)
    select.replaceChildren(h("option", {}, "no models"));
}

function describeAbout() {
  const raw = model.raw, z = [raw.log_partition].flat().filter(Boolean)[0], t = raw.training ?? {};
  const sizes = l => `${l.name} ${l.size} ${l.unit}` + (l.shape ? ` (${l.shape.join(" × ")})` : "");
  const zText = z ? `log Z ${fmt(z.value, 6)}${z.method === "exact" ? " (exact)" : ` ± ${fmt(z.stderr, 2)} (${z.method})`}` : "log Z unknown";
  $("about").hidden = false;
  $("about").querySelector("summary").textContent =
    `${raw.kind} · ${raw.layers.length > 6 ? `${raw.layers.length} layers` : raw.layers.map(sizes).join(" — ")} · ${zText}`;
  const facts = { algorithm: t.algorithm && `${t.algorithm}${t.k ? `, ${t.k} step${t.k > 1 ? "s" : ""} per update` : ""}`, rows: t.rows, epochs: t.epochs && fmt(t.epochs, 3),
    updates: t.updates, seed: t.seed, program: t.program, "versions served": raw.versions?.join(", "), weights: raw.digest, memory: `${fmt(raw.memory_bytes / 1e6, 3)} MB` };
  const others = models.map(m => h("tr", {}, h("th", { scope: "row" }, m.state === "READY" ? h("a", { href: addressOf("generate", { model: m.name }) }, m.name) : m.name),
    h("td", {}, m.state.toLowerCase()), h("td", {}, m.kind ?? ""), h("td", {}, m.reason || m.layers.map(l => `${l.name} ${l.size}`).join(", "))));
  $("about").querySelector("div").replaceChildren(
    scroll("About this model", h("table", {}, h("tbody", {}, Object.entries(facts).filter(([, v]) => v !== undefined && v !== null && v !== "").map(([k, v]) =>
      h("tr", {}, h("th", { scope: "row" }, k), h("td", {}, String(v))))))),
    h("h2", {}, "All models"),
    scroll("All models", h("table", {}, h("tbody", {}, others))));
}

/* views */

function showTabs(name) {
  $("views").replaceChildren(...VIEWS.map(([id, title]) =>
    h("a", { href: addressOf(id, { model: model?.name }), "aria-current": id === name ? "page" : null }, title)));
}

function message(...content) {
  $("main").replaceChildren(h("p", { class: "card empty" }, ...content));
}

/** What a view is given: root, api, model, settings; how(call, note); fail(error); whenBack(f); the file's rows. */
function contextOf(module, name, params) {
  const settings = new Settings(name, params, module.defaults), how = new How(api);
  const said = h("p", { class: "notice bad", role: "alert", hidden: true });
  const root = box("stack");
  root.style.gap = "var(--gap)";
  settings.set({ model: model.name });
  return {
    root, api, model, settings, said, howDrawer: how,
    how: (call, note) => how.show(call, note),
    fail(error, { quiet } = {}) {
      if (error?.name === "AbortError")
        return;
      said.hidden = Boolean(quiet);
      said.textContent = quiet ? "" : error.message;
      if (error instanceof TypeError || error instanceof ReferenceError) /* a fault of the page */
        console.warn(error);
    },
    clear() { said.hidden = true; },
    whenBack: f => waiting.add(f),
    setRows: file => putFile(model.name, file),
    myRows() {
      const file = getFile(model.name);
      return file && { ...file, inputs: Object.fromEntries(model.visible.filter(l => file.rows.every(r => !r.units[l.name].some(Number.isNaN)))
        .map(l => [l.name, file.rows.slice(0, 256).map(r => Array.from(r.units[l.name]))])) };
    },
  };
}

async function mount() {
  const turn = ++mounting, { view: asked, params } = readAddress();
  const entry = VIEWS.find(v => v[0] === asked) ?? VIEWS[0];
  waiting.clear();
  view?.leave?.();
  view = null;
  try {
    const usable = models.filter(m => m.state === "READY"), name = params.get("model") ?? usable[0]?.name;
    const info = models.find(m => m.name === name);
    if (!models.length)
      return message("The repository has no models. Train one: ", h("code", {}, "boltz train rbm --data FILE --hidden 500 --out REPO/NAME"));
    if (!info || info.state !== "READY") {
      showTabs(entry[0]);
      $("about").hidden = true;
      return message(!info ? `There is no model "${name}" on this server; choose another above.` : `The model "${name}" is ${info.state.toLowerCase()}: ${info.reason}`);
    }
    $("model").value = info.name;
    const module = await entry[2](), raw = await api.model(info.name);
    if (turn !== mounting)
      return;
    model = new Model(raw);
    document.title = `${entry[1]} · ${model.name} · Boltzmann machines`;
    showTabs(entry[0]);
    describeAbout();
    const context = contextOf(module, entry[0], params);
    $("main").replaceChildren(context.said, context.root, context.howDrawer.element);
    view = new module.View(context);
    view.context = context;
  } catch (error) {
    if (turn === mounting)
      message(h("span", { class: "bad" }, error.message));
    if (!(error instanceof BoltzError))
      console.warn(error);
  }
}

async function start() {
  showTabs(readAddress().view || "generate");
  try {
    await loadModels();
  } catch (error) {
    message(h("span", { class: "bad" }, error.message));
    return;
  }
  await mount();
}

/* theme, files, events */

const THEMES = ["auto", "light", "dark"], night = matchMedia("(prefers-color-scheme: dark)");
let theme = (() => { try { return localStorage.getItem("boltz-theme") ?? "auto"; } catch { return "auto"; } })();

function setTheme(name = theme) {
  theme = name;
  document.documentElement.dataset.theme = name === "auto" ? (night.matches ? "dark" : "light") : name;
  $("theme").textContent = `Theme: ${name}`;
  try { localStorage.setItem("boltz-theme", name); } catch { /* lasts as long as the page, then */ }
  view?.themed?.();
}

function listen() {
  addEventListener("hashchange", mount);
  addEventListener("resize", () => view?.resized?.());
  $("model").addEventListener("change", () => {
    location.hash = addressOf(readAddress().view || "generate", { model: $("model").value });
  });
  $("theme").addEventListener("click", () => setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]));
  $("key-button").addEventListener("click", () => { $("key-form").hidden = !$("key-form").hidden; });
  $("key-form").addEventListener("submit", e => { e.preventDefault(); useKey($("key").value); });
  night.addEventListener("change", () => setTheme());
  for (const type of ["dragover", "dragleave", "drop"])
    addEventListener(type, e => {
      if (!view?.dropped || ![...e.dataTransfer.types].includes("Files"))
        return;
      e.preventDefault();
      $("main").classList.toggle("drop", type === "dragover");
      if (type === "drop" && e.dataTransfer.files[0])
        view.dropped(e.dataTransfer.files[0]);
    });
}

setTheme();
listen();
start();
