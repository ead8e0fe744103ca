// Rows: a table or pictures from a file; how usual each row is, what fills its gaps, which cells are strange.
import { columnsOf } from "./columns.js";
import { action, box, button, card, downloadCsv, fmt, h, lead, percent, scroll, sleep, soft, statusLine } from "./dom.js";
import { readRows, textRows } from "./files.js";
import { countsOf, ownSamples, shareBelow } from "./knowledge.js";
import { byLayer, inputsOf } from "./model.js";
import { indexed, Nearby } from "./near.js";
import { picture, scaleFor } from "./paint.js";
import { strangeCells } from "./strange.js";
import { addressOf } from "./settings.js";
import { getFile, putRow } from "./store.js";
import { View } from "./view.js";

export const defaults = { sort: "free energy", down: true };

const BATCH = 250, HEIGHT = 30, TALL = 480, NEAREST = 6;

class Rows extends View {
  constructor(ctx) {
    super(ctx);
    this.chosen = null;
    this.pictureLayer = this.model.picture;
    this.build();
    const file = getFile(this.model.name);
    if (file)
      this.take(file);
  }

  build() {
    const { model } = this, names = columnsOf(model, model.inputs).map(c => c.name);
    this.file = h("input", { type: "file", "aria-label": "File of rows", onchange: () => this.dropped(this.file.files[0]) });
    this.text = h("textarea", { rows: 4, spellcheck: "false", "aria-label": "Rows as CSV", placeholder: names.length ? `${names.slice(0, 6).join(",")}${names.length > 6 ? ",…" : ""}` : "one row of numbers per line" });
    this.status = statusLine();
    this.progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Progress" });
    this.cancel = action({ hidden: true, onclick: () => this.abort.abort() }, "Cancel");
    this.save = action({ hidden: true, onclick: () => this.saveCsv() }, "Download CSV");
    this.head = h("tr", {});
    this.body = h("tbody", {});
    this.box = scroll("Rows", h("table", {}, h("thead", {}, this.head), this.body));
    this.box.hidden = true;
    this.box.addEventListener("scroll", () => this.render());
    this.box.style.maxHeight = `${TALL}px`;
    this.near = h("section", { class: "card stack", hidden: true });
    this.ctx.root.append(
      lead("Paste or drop a table: the machine judges every row, fills in empty cells, marks strange ones and sorts the rows by how usual they are."),
      card("", this.text, box("row", action({ class: "primary", onclick: () => this.paste() }, "Judge these rows"),
        this.file, button(() => this.example(), "Samples of the model")), soft(
        "CSV with or without a header, npy, IDX (also .gz)" + (this.pictureLayer ? ", or a picture" : "") + ". You can also drop a file anywhere on this page. The server keeps nothing.")),
      card("", box("row", this.cancel, this.save), this.progress, this.status, this.box), this.near);
  }

  /* taking rows */

  async dropped(file) {
    if (!file)
      return;
    try {
      this.take(await readRows(file, this.model));
    } catch (error) {
      this.failed(error);
    }
  }

  paste() {
    try {
      this.take(textRows(this.text.value, this.model));
    } catch (error) {
      this.failed(error);
    }
  }

  async example() {
    try {
      const { rows } = await ownSamples(this.api, this.model, countsOf(this.model));
      this.take({ name: "samples of the model", rows: rows.slice(0, 100).map(units => ({ units, problems: new Map(), other: {} })), columns: columnsOf(this.model, this.model.inputs), others: [] });
    } catch (error) {
      this.failed(error);
    }
  }

  take(file) {
    this.abort?.abort();
    this.ctx.setRows(file);
    this.table = { ...file, rows: file.rows.map((r, i) => ({ ...r, index: i })) };
    this.order = this.table.rows.map((r, i) => i);
    this.strange = strangeCells(this.api, this.model, this.table);
    this.near.hidden = true;
    this.nearby = null;
    this.box.hidden = this.save.hidden = false;
    this.fields = [
      { name: "row", text: r => String(r.index + 1), value: r => r.index },
      ...(this.pictureLayer ? [{ name: this.pictureLayer.name, picture: true }] : []),
      ...file.others.map(name => ({ name, text: r => r.other[name], value: r => r.other[name] })),
      ...file.columns.map(column => ({ name: column.name, column })),
      ...(this.model.classes ? [{ name: "class", text: r => r.class ?? "", value: r => r.class ?? "", extra: r => r.classP !== undefined ? percent(r.classP) : "" }] : []),
      { name: "free energy", number: true, text: r => (r.energy === undefined ? "" : r.energy.toFixed(2).replace("-", "−")), value: r => r.energy ?? -Infinity },
      { name: "percentile", number: true, text: r => (r.percentile === undefined ? "" : r.percentile.toFixed(1)), value: r => r.percentile ?? -1 },
    ];
    this.showHead();
    this.render();
    this.judge();
  }

  /* judging, in batches */

  async judge() {
    const { rows } = this.table, turn = this.table, begun = performance.now();
    this.abort = new AbortController();
    const options = this.options();
    this.progress.hidden = this.cancel.hidden = false;
    try {
      const whole = rows.filter(r => !this.empty(r));
      const own = await ownSamples(this.api, this.model, countsOf(this.model, whole[0]?.units));
      for (let at = 0; at < whole.length; at += BATCH) {
        await this.batch(whole.slice(at, at + BATCH), own, options);
        if (turn !== this.table || this.gone)
          return;
        this.progress.value = (at + BATCH) / whole.length;
        this.status.textContent = `${Math.min(at + BATCH, whole.length)} of ${rows.length} rows of ${this.table.name}`;
        this.sort();
        await sleep(0);
      }
      this.finished(rows, whole, own, begun);
    } catch (error) {
      if (turn === this.table && !this.gone)
        this.failed(error);
    }
    this.progress.hidden = this.cancel.hidden = true;
  }

  empty(row) {
    return this.model.inputs.every(l => row.units[l.name].every(Number.isNaN));
  }

  async batch(rows, own, options) {
    const { api, model } = this, units = rows.map(r => r.units), inputs = inputsOf(model, units);
    const gaps = rows.filter(r => model.inputs.some(l => r.units[l.name].some(Number.isNaN)));
    const [energy, filled, classes] = await Promise.all([
      api.freeEnergy(model.name, { inputs }, options),
      gaps.length ? api.reconstruct(model.name, { inputs: inputsOf(model, gaps.map(r => r.units)), steps: 30 }, options) : null,
      model.classes ? api.classify(model.name, { inputs, top: 1 }, options) : null]);
    this.calibrated = Boolean(energy.percentile);
    rows.forEach((row, i) => {
      row.energy = energy.free_energy[i];
      row.logProb = energy.log_prob?.[i];
      row.percentile = gaps.includes(row) ? undefined : energy.percentile?.[i] ?? 100 * shareBelow(own.freeEnergy, row.energy);
      if (classes) {
        row.class = String(classes.classes[i][0]);
        row.classP = classes.probabilities[i][0];
      }
    });
    const made = filled && byLayer(model, filled.reconstruction);
    gaps.forEach((row, i) => { row.filled = Object.fromEntries(model.inputs.map(l => [l.name, Float32Array.from(made[l.name][i])])); });
    this.ctx.how({ model: model.name, operation: "free-energy", body: { inputs: inputsOf(model, units.slice(0, 3)) } }, "The first rows of the last batch.");
  }

  finished(rows, whole, own, begun) {
    const left = rows.length - whole.length, wrong = rows.filter(r => r.problems.size), [name, why] = wrong[0] ? [...wrong[0].problems][0] : [];
    this.say(`${whole.length} row${whole.length === 1 ? "" : "s"} of ${this.table.name} judged in ${fmt((performance.now() - begun) / 1000, 2)} s. Percentile: the share of ${this.calibrated ? "the calibration rows" : `${own.freeEnergy.length} samples of the model`} with a lower free energy.` +
      (left ? ` Without a known value: ${left}.` : "") + (wrong.length ? ` Rows with a cell that could not be read and counts as missing: ${wrong.length}; row ${wrong[0].index + 1}, ${name}: ${why}.` : "") + ` ${this.table.note ?? ""}`);
  }

  /* the table: only the rows in sight exist */

  showHead() {
    const now = this.get("sort"), down = this.get("down");
    this.head.replaceChildren(...this.fields.map(f => f.picture ? h("th", { scope: "col" }, f.name) :
      h("th", { scope: "col", "aria-sort": f.name === now ? (down ? "descending" : "ascending") : null }, button(() => this.sortBy(f.name), f.name + (f.name === now ? (down ? " ↓" : " ↑") : "")))));
  }

  sortBy(name) {
    this.settings.set({ sort: name, down: name === this.get("sort") ? !this.get("down") : true });
    this.showHead();
    this.sort();
  }

  sort() {
    const field = this.fields.find(f => f.name === this.get("sort")) ?? this.fields[0], sign = this.get("down") ? -1 : 1;
    const { rows } = this.table, key = r => (field.column ? field.column.value((r.filled ?? r.units)[field.column.layer.name]) : field.value(r));
    const keys = rows.map(key);
    this.order.sort((a, b) => {
      const x = keys[a], y = keys[b];
      const less = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true });
      return sign * less || a - b;
    });
    this.render();
  }

  render() {
    const tall = this.pictureLayer ? 44 : HEIGHT, n = this.order.length, from = Math.max(0, Math.floor(this.box.scrollTop / tall) - 4), to = Math.min(n, from + Math.ceil(TALL / tall) + 8);
    const spacer = k => { const tr = h("tr", { "aria-hidden": "true" }, h("td", {})); tr.style.height = `${k * tall}px`; tr.firstChild.style.padding = "0"; return tr; };
    const sight = this.order.slice(from, to).map(i => this.table.rows[i]);
    this.body.replaceChildren(...(from ? [spacer(from)] : []), ...sight.map(r => this.rowElement(r, tall)), ...(to < n ? [spacer(n - to)] : []));
    this.strange.look(sight.filter(r => r.energy !== undefined)).then(found => { if (found && !this.gone) this.render(); }).catch(error => this.failed(error));
  }

  rowElement(row, tall) {
    const tr = h("tr", { class: row === this.chosen ? "picked" : null }, this.fields.map((f, k) => {
      if (k === 0)
        return h("th", { scope: "row" }, action({ "aria-label": `row ${row.index + 1}`, onclick: () => this.choose(row) }, f.text(row)));
      if (f.picture)
        return this.picture(row.filled ?? row.units, 36, `row ${row.index + 1}`);
      if (!f.column)
        return h("td", { class: f.number ? "number" : "", title: f.extra?.(row) || null }, f.text(row));
      return this.cell(row, f.column);
    }));
    tr.style.height = `${tall}px`;
    return tr;
  }

  cell(row, column) {
    const x = row.units[column.layer.name], missing = Number.isNaN(x[column.from]), number = column.kind === "number" || column.kind === "boolean" ? "number " : "";
    const strange = row.strange?.get(column.name);
    if (!missing)
      return h("td", { class: number + (strange ? "strange" : ""), title: strange ?? null }, column.text(x));
    const fault = row.problems.get(column.name), y = row.filled?.[column.layer.name];
    const sure = y && (column.kind === "category" ? Math.max(...y) : column.kind === "boolean" ? Math.max(y[column.from], 1 - y[column.from]) : null);
    return h("td", { class: `${number}filled`, title: fault ?? (sure ? `filled in, ${percent(sure)} sure` : "filled in") }, y ? `${column.text(y)}${sure ? ` (${percent(sure)})` : ""}` : "");
  }

  picture(units, size, label) {
    const layer = this.pictureLayer;
    return h("td", {}, picture(layer, units[layer.name], { scale: Math.max(1, scaleFor(layer, size)), label }));
  }

  /* one row */

  async choose(row) {
    this.chosen = row;
    this.render();
    const open = button(() => { putRow(this.model.name, row.units); location.hash = addressOf("draw", { model: this.model.name }); }, "Open in Draw");
    const list = box("", "Looking for similar rows…");
    this.near.hidden = false;
    this.near.replaceChildren(h("h2", {}, `Row ${row.index + 1}`), soft(row.logProb !== undefined && row.logProb !== null ? `log p = ${fmt(row.logProb, 6)} nats` : `free energy ${fmt(row.energy, 6)}`),
      row.strange?.size ? h("p", {}, [...row.strange].map(([name, why]) => `${name}: ${why}`).join(". ")) : "", box("row", open), h("h3", {}, "Most similar in this file, by hidden units"), list);
    try {
      this.nearby ??= new Nearby(this.api, this.model, this.table.rows);
      const nearest = await this.nearby.nearest(row.units, NEAREST, row);
      list.replaceChildren(scroll("Similar rows", h("table", {}, h("tbody", {}, nearest.map(({ row: other, cosine }) =>
        h("tr", {}, h("td", { class: "number" }, `row ${other.index + 1}`), h("td", { class: "number" }, cosine.toFixed(3)), this.fields.slice(1).filter(f => f.column || f.picture).slice(0, 12).map(f =>
          f.picture ? this.picture(other.units, 48) : this.cell(other, f.column))))))),
        ...await indexed(this.api, this.model, row.units, NEAREST));
    } catch (error) {
      this.failed(error);
    }
  }

  saveCsv() {
    const fields = this.fields.filter(f => !f.picture), head = [...fields.map(f => f.name), "filled", "strange"];
    const lines = this.order.map(i => {
      const r = this.table.rows[i], gaps = this.table.columns.filter(c => Number.isNaN(r.units[c.layer.name][c.from]));
      const cell = f => (f.column ? String(gaps.includes(f.column) ? (r.filled ? f.column.value(r.filled[f.column.layer.name]) : "") : f.column.value(r.units[f.column.layer.name])) : f.name === "free energy" ? String(r.energy ?? "") : f.text(r));
      return [...fields.map(cell), gaps.map(c => c.name).join(" "), [...(r.strange?.keys() ?? [])].join(" ")];
    });
    downloadCsv(`${this.model.name}-rows.csv`, [head, ...lines]);
  }

  failed(error) {
    if (error.name === "AbortError")
      this.say("Cancelled; the rows judged so far are kept.");
    else
      super.failed(error);
  }

  back() {
    if (this.table)
      this.judge();
  }
}

export { Rows as View };
