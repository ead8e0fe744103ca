// The "How" drawer: the last request, as one would type it.
import { bodyText } from "./boltz.js";
import { action, box, button, download, h } from "./dom.js";

const INLINE = 700; /* most characters of a body inside a command */

function python(value) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${python(v)}`).join(", ")}}`;
  return JSON.stringify(value);
}

/** The texts of one call: { curl, Python, JavaScript }. `file`: the body is in body.json. */
function texts({ base, model, operation, body, query = {}, stream, key }) {
  const json = bodyText(body), file = json.length > INLINE, plain = JSON.parse(json);
  const search = new URLSearchParams(stream ? { ...query, format: "ndjson" } : query).toString();
  const url = `${base}v1/models/${encodeURIComponent(model)}/${operation}${search ? "?" + search : ""}`;
  const quoted = `'${json.replaceAll("'", "'\\''")}'`;
  const curl = `curl -s${stream ? "N" : ""} ${key ? '-H "Authorization: Bearer $BOLTZ_KEY" ' : ""}'${url}' \\\n` +
    `  -H 'Content-Type: application/json' -d ${file ? "@body.json" : quoted}${query.format === "png" ? " -o picture.png" : ""}`;
  const pythonText = [
    "import json, urllib.request" + (key ? ", os" : ""), "",
    file ? 'body = json.load(open("body.json"))' : `body = ${python(plain)}`,
    `request = urllib.request.Request("${url}", json.dumps(body).encode(), {"Content-Type": "application/json"` +
      (key ? ', "Authorization": "Bearer " + os.environ["BOLTZ_KEY"]' : "") + "})",
    "with urllib.request.urlopen(request) as reply:",
    ...(query.format === "png" ? ['    open("picture.png", "wb").write(reply.read())']
      : stream ? ["    for line in reply:", "        event = json.loads(line)", '        print(event["event"], event.get("step"))']
      : ["    answer = json.load(reply)", "print(list(answer))"])].join("\n");
  const methods = { sample: "sample", features: "features", reconstruct: "reconstruct", classify: "classify", energy: "energy",
    neighbors: "neighbors", "free-energy": "freeEnergy" };
  const given = file ? "body" : json;
  const js = [
    `import { Boltz } from "${base}boltz.js";`, "",
    `const boltz = new Boltz("${base}"${key ? ", { key: process.env.BOLTZ_KEY }" : ""});`,
    ...(file ? ['const body = JSON.parse(await (await import("node:fs/promises")).readFile("body.json", "utf8"));'] : []),
    ...(stream ? [`for await (const event of boltz.stream("${model}", ${given}))`, "  console.log(event.event, event.step);"]
      : query.format === "png" ? [`const png = await boltz.picture("${model}", "${operation}", ${given});`]
      : [`const answer = await boltz.${methods[operation]}("${model}", ${given});`])].join("\n");
  return { texts: { curl, Python: pythonText, JavaScript: js }, json, file };
}

export class How {
  constructor(api) {
    this.api = api;
    this.chosen = "curl";
    this.pre = h("pre", { tabindex: 0, "aria-label": "The command" });
    this.said = h("span", { class: "soft", role: "status" });
    this.tabs = ["curl", "Python", "JavaScript"].map(name =>
      action({ "aria-pressed": name === "curl" ? "true" : "false", onclick: () => this.choose(name) }, name));
    this.fileButton = action({ hidden: true, onclick: () => download("body.json", this.shown.json, "application/json") },
      "Download body.json");
    this.note = h("p", { class: "soft" });
    this.element = h("details", { class: "how", ontoggle: () => this.render() }, h("summary", {}, "How: the same from your own program"),
      box("tabs", this.tabs, button(() => this.copy(), "Copy"), this.fileButton, this.said),
      this.note, this.pre);
  }

  /** call: { model, operation, body, query, stream } or what makes one; note: a sentence. */
  show(call, note = "") {
    this.call = call;
    this.text = note;
    this.render();
  }

  render() {
    if (!this.call || !this.element.open)
      return;
    const call = typeof this.call === "function" ? this.call() : this.call;
    const base = new URL(".", location.href).href;
    this.shown = texts({ base, key: this.api.key !== "", ...call });
    this.pre.textContent = this.shown.texts[this.chosen];
    this.fileButton.hidden = !this.shown.file;
    this.note.textContent = this.text;
    this.said.textContent = "";
  }

  choose(name) {
    this.chosen = name;
    this.tabs.forEach(b => b.setAttribute("aria-pressed", String(b.textContent === name)));
    this.render();
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.pre.textContent);
      this.said.textContent = "Copied.";
    } catch { /* no clipboard without https: select it instead */
      getSelection().selectAllChildren(this.pre);
      this.said.textContent = "Selected: press Ctrl-C.";
    }
  }
}
