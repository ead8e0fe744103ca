// A few chains that run beside something else: a gallery, a button to pause, one loop.
import { Chains, Loop } from "./chains.js";
import { box, button } from "./dom.js";
import { galleryOf } from "./gallery.js";
import { countsOf } from "./knowledge.js";

const COUNT = 16, RATE = 10;

export class Live {
  /** told(frame, count): called after each frame. steps: between frames. */
  constructor(view, { steps = 2, seed = 1, clamp, row, room, most = 5, told = () => {} }) {
    const { model } = view;
    this.chains = new Chains(view.api, model, {
      count: COUNT, seed, temperature: 1, type: model.display === "tiles" ? "mean" : "state", clamp, counts: countsOf(model, row),
    }, model.visible);
    this.gallery = galleryOf(model, COUNT, () => {}, { room, most });
    this.pause = button(() => this.toggle(), "Pause");
    this.element = box("stack", this.gallery.element, box("row", this.pause, button(() => { this.chains.restart(); this.start(); }, "Restart")));
    this.loop = new Loop(RATE, async signal => {
      const frame = await this.chains.advance(steps, signal);
      this.gallery.update(frame.x, -1);
      told(frame, COUNT);
    }, error => { this.stop(); view.failed(error); });
  }

  /** Holds something else from now on, and continues. */
  hold(clamp) {
    this.chains.change({ clamp });
    this.start();
  }

  start() {
    this.gallery.layout();
    this.loop.start();
    this.pause.textContent = "Pause";
  }

  stop() {
    this.loop.stop();
    this.pause.textContent = "Resume";
  }

  toggle() {
    if (this.loop.running)
      this.stop();
    else
      this.start();
  }
}
