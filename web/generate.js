// Generate: chains that walk, live.
import { encodeNpy } from "./boltz.js";
import { Chains, Loop, packHold, unpackHold } from "./chains.js";
import { columnsOf } from "./columns.js";
import { action, box, button, download, downloadCsv, fmt, h, lead, statusLine, times } from "./dom.js";
import { readRows } from "./files.js";
import { galleryOf } from "./gallery.js";
import { countsOf } from "./knowledge.js";
import { kindOf, rowOf } from "./model.js";
import { PickedChain } from "./picked.js";
import { Traces } from "./plot.js";
import { View } from "./view.js";

const RATE = 30; /* most frames per second */
const CHUNK_MS = 150; /* a long run is requested in pieces of about this length, so that it can be cancelled */

export const defaults = {
  count: 64, speed: 1, temperature: 1, type: "state", seed: 0, at: 0, steps: 1000, paused: false, hold: "", from: "noise", words: 0,
  anneal: 0, hot: 3,
};

class Generate extends View {
  constructor(ctx) {
    super(ctx);
    if (!this.settings.params.has("seed"))
      this.settings.set({ seed: 1 + Math.floor(Math.random() * 99999) });
    this.build();
    this.start();
  }

  /* the page */

  build() {
    const s = this.settings, restart = () => this.start();
    this.play = action({ class: "primary", onclick: () => this.toggle() }, "Pause");
    this.stepButton = action({ title: "One step of every chain", onclick: () => this.single() }, "One step");
    this.runButton = button(() => this.long(), "Run");
    this.progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Progress of the run" });
    this.cancel = action({ hidden: true, onclick: () => this.runAbort?.abort() }, "Cancel");
    this.status = statusLine();
    const live = () => this.chains.change({ temperature: s.get("temperature"), type: s.get("type") });
    this.fileInput = h("input", { type: "file", hidden: true, "aria-label": "File of rows", onchange: () => this.takeFile(this.fileInput.files[0]) });
    const from = s.select("from", "Start from", [["noise", "noise"], ["rows", "my rows"]], v => this.chooseStart(v));
    this.fromSelect = from.querySelector("select");
    const controls = box("bar", this.play, this.stepButton,
      action({ title: "Start again with another seed", onclick: () => this.reseed() }, "Restart"),
      s.number("speed", "Steps per frame", { min: 1, max: 1000 }),
      box("bar", s.number("steps", "Long run, steps", { min: 1, max: 1e6 }), this.runButton, this.cancel));
    const more = box("bar",
      s.number("count", "Chains", { min: 1, max: 256, onchange: restart }),
      s.number("temperature", "Temperature", { min: 0.05, max: 100, step: 0.05, onchange: live, hint: "samples p(x)^(1/T); 1 = the model itself" }),
      s.number("seed", "Seed", { min: 0, max: 2 ** 53 - 1, onchange: restart }),
      s.select("type", "Show", [["state", "sampled states"], ["mean", "means"]], live), from, this.fileInput,
      this.hasWords ? s.number("words", "Words (0: as usual)", { min: 0, max: 10000, onchange: restart }) : null,
      box("bar", s.number("hot", "Anneal from T", { min: 0.05, max: 100, step: 0.05 }),
        action({ title: "Heat the chains, then cool them in 100 frames to the temperature set above", onclick: () => this.anneal() }, "Anneal")));
    const downloads = box("row", h("span", { class: "soft" }, "Download"),
      this.model.display === "tiles" ? button(() => this.savePng(), "PNG") : null,
      button(() => this.saveNpy(), "npy"), button(() => this.saveCsv(), "CSV"));
    this.traces = new Traces({ label: "Energy of each chain by step", xLabel: "step", yLabel: "energy (nats)" });
    this.galleryBox = box("gallery");
    this.picked = new PickedChain(this.ctx, { restart: init => this.start(init), hold: clamp => this.hold(clamp) });
    this.heldNote = h("p", { class: "row", hidden: true });
    this.ctx.root.append(
      lead("Each ", this.model.display === "tiles" ? "picture" : "row", " is a Markov chain: each step draws the hidden units given the visible ones, then the visible " +
        "ones given the hidden. What appears is what the machine has learned to expect."),
      box("card stack", controls, more, this.progress, this.status),
      h("div", { class: "columns wide-left" },
        box("card stack", this.heldNote, this.galleryBox, downloads),
        box("side", box("card", h("h2", {}, "Energy of every chain"), this.traces.element), this.picked.element)));
  }

  get hasWords() {
    return this.model.visible.some(l => l.unit === "multinomial");
  }

  /* the chains */

  /** init: by layer, rows to start from. */
  start(init = this.get("from") === "rows" ? this.ctx.myRows()?.inputs : null, { fresh = true } = {}) {
    this.stop();
    const s = this.settings, count = s.get("count");
    const clamp = unpackHold(s.get("hold"), this.model);
    const counts = countsOf(this.model, null, s.get("words"));
    this.chains = new Chains(this.api, this.model, { count, seed: s.get("seed"), temperature: s.get("temperature"), type: s.get("type"), clamp: clamp ?? undefined, counts,
      init: init ? Object.fromEntries(Object.entries(init).map(([layer, rows]) => [layer, rows.slice(0, count)])) : undefined }, this.model.visible);
    this.ownInit = Boolean(init);
    this.traces.clear();
    this.picked.choose(-1);
    this.gallery = galleryOf(this.model, count, k => this.pick(k));
    this.galleryBox.replaceChildren(this.gallery.element);
    this.gallery.layout();
    this.showHeld(clamp);
    this.loop = new Loop(RATE, signal => this.tick(signal), error => this.failed(error));
    const at = fresh ? s.get("at") : 0;
    s.set({ at: 0 });
    if (at > 0)
      this.long(at);
    else if (s.get("paused"))
      this.single(0);
    else
      this.go();
  }

  stop() {
    this.loop?.stop();
    this.runAbort?.abort();
  }

  go() {
    this.settings.set({ paused: false, at: 0 });
    this.play.textContent = "Pause";
    this.loop.start();
  }

  halt() {
    this.loop.stop();
    this.play.textContent = "Resume";
    this.settings.set({ paused: true, at: this.exact ? this.chains.step : 0 });
    this.tell();
    this.tellHow();
  }

  /** Whether the seed and the number of steps determine what is shown. */
  get exact() {
    return this.chains.pieces === 0 && !this.ownInit;
  }

  toggle() {
    if (this.loop.running)
      this.halt();
    else
      this.go();
  }

  reseed() {
    this.settings.set({ seed: (this.get("seed") + 1) % 2 ** 53, at: 0 });
    this.ctx.root.querySelectorAll("input[type=number]").forEach(i => {
      if (i.closest("label").textContent === "Seed")
        i.value = this.get("seed");
    });
    this.again();
  }

  async tick(signal) {
    if (this.cooling > 0)
      await this.cool();
    await this.show(await this.chains.advance(this.get("speed"), signal));
  }

  async single(steps = 1) {
    this.loop.stop();
    try {
      await this.show(await this.chains.advance(steps));
      this.halt();
    } catch (error) {
      this.failed(error);
    }
  }

  /** Many steps in pieces, with progress; cancelling keeps what was done. */
  async long(steps = this.get("steps")) {
    const was = this.loop.running;
    this.stop();
    this.runAbort = new AbortController();
    const { signal } = this.runAbort, goal = this.chains.step + steps, from = this.chains.step;
    this.progress.hidden = this.cancel.hidden = false;
    this.runButton.disabled = this.play.disabled = this.stepButton.disabled = true;
    let piece = 10;
    try {
      while (this.chains.step < goal && !signal.aborted) {
        const begun = performance.now();
        await this.show(await this.chains.advance(Math.min(piece, goal - this.chains.step), signal));
        piece = Math.max(1, Math.min(100000, Math.round(piece * Math.max(0.25, Math.min(4, CHUNK_MS / (performance.now() - begun))))));
        this.progress.value = (this.chains.step - from) / steps;
      }
    } catch (error) {
      if (!signal.aborted)
        this.failed(error);
    }
    this.progress.hidden = this.cancel.hidden = true;
    this.runButton.disabled = this.play.disabled = this.stepButton.disabled = false;
    if (this.gone)
      return;
    if (was && !signal.aborted)
      this.go();
    else
      this.halt();
  }

  anneal() {
    this.cooling = 100;
    if (!this.loop.running)
      this.go();
  }

  /** Lowers the temperature from `hot` to the set one by equal ratios. */
  async cool() {
    this.cooling--;
    const to = this.get("temperature"), hot = this.get("hot");
    await this.chains.change({ temperature: this.cooling ? +(to * (hot / to) ** (this.cooling / 100)).toFixed(4) : to });
  }

  async show(frame) {
    this.gallery.update(frame.x, this.picked.index);
    this.traces.add(frame.step, frame.energy);
    this.picked.frame(frame);
    const now = performance.now();
    if (!this.drawn || now - this.drawn > 90 || !this.loop.running) {
      this.drawn = now;
      this.traces.picked = this.picked.index;
      this.traces.draw();
      this.tell();
    }
  }

  tell() {
    const { frame, set } = this.chains;
    if (!frame)
      return;
    const mean = frame.energy.reduce((a, b) => a + b, 0) / frame.energy.length;
    this.say(`Step ${frame.step} · mean energy ${fmt(mean, 5)} · seed ${set.seed}` + (set.temperature !== 1 ? ` · T ${fmt(set.temperature)}` : "") +
      (this.loop.running ? ` · ${fmt(this.loop.speed, 2)} frames per second` : " · paused"));
  }

  tellHow() {
    const request = this.chains.request, model = this.model.name;
    this.ctx.how(() => ({ model, operation: "sample", body: request }), this.exact
      ? "This request gives exactly these states, byte for byte, on any server with this model."
      : "The chains began elsewhere or a setting changed on the way, so this request gives similar chains, not these.");
  }

  failed(error) {
    this.play.textContent = "Resume";
    super.failed(error);
  }

  back() {
    this.go();
  }

  /* one chain, held units, rows */

  pick(k) {
    this.picked.choose(k === this.picked.index ? -1 : k);
    if (this.chains.frame)
      this.show(this.chains.frame);
  }

  hold(clamp) {
    this.settings.set({ hold: packHold(clamp) });
    this.showHeld(clamp);
    this.chains.change({ clamp: clamp ?? undefined });
    if (!this.loop.running)
      this.go();
  }

  showHeld(clamp) {
    const names = Object.entries(clamp ?? {}).map(([name, { mask }]) => `${mask.reduce((a, b) => a + (b ? 1 : 0), 0)} units of ${name}`);
    this.heldNote.hidden = !names.length;
    this.heldNote.replaceChildren(h("span", {}, `Held in every chain: ${names.join(", ")}.`),
      button(() => this.hold(null), "Release"));
  }

  again() {
    this.start(undefined, { fresh: false });
  }

  chooseStart(value) {
    if (value === "rows" && !this.ctx.myRows())
      this.fileInput.click();
    else
      this.again();
  }

  async takeFile(file) {
    if (!file)
      return;
    try {
      this.ctx.setRows(await readRows(file, this.model));
      this.settings.set({ from: "rows" });
      this.fromSelect.value = "rows";
      this.again();
    } catch (error) {
      this.failed(error);
    }
  }

  dropped(file) {
    return this.takeFile(file);
  }

  /* files */

  get fileName() {
    return `${this.model.name}-${this.chains.set.count}x${this.chains.step}`;
  }

  savePng() {
    this.gallery.tiles.canvas.toBlob(blob => download(`${this.fileName}.png`, blob));
  }

  saveNpy() {
    for (const layer of this.model.inputs)
      download(`${this.fileName}${this.model.inputs.length > 1 ? "-" + layer.name : ""}.npy`,
        encodeNpy(this.chains.frame.x[layer.name], [this.chains.set.count, layer.size]));
  }

  saveCsv() {
    const { x } = this.chains.frame, columns = columnsOf(this.model), pictures = this.model.inputs.filter(l => kindOf(l) === "picture");
    const head = [...columns.map(c => c.name), ...pictures.flatMap(l => times(l.size, i => `${l.name}${i}`))];
    const lines = times(this.chains.set.count, k => [
      ...columns.map(c => c.value(x[c.layer.name], k * c.layer.size)), ...pictures.flatMap(l => Array.from(rowOf(x, l, k)))]);
    downloadCsv(`${this.fileName}.csv`, [head, ...lines]);
  }

  /* the frame's calls */

  resized() {
    this.gallery.layout();
    this.traces.draw();
  }

  themed() {
    if (this.chains.frame)
      this.show(this.chains.frame);
  }

  leave() {
    super.leave();
    this.runAbort?.abort();
    this.picked.leave();
  }
}

export { Generate as View };
