// What every view has: its context, and one way to report errors.
export class View {
  constructor(ctx) {
    Object.assign(this, { ctx, api: ctx.api, model: ctx.model, settings: ctx.settings });
  }

  get(setting) {
    return this.settings.get(setting);
  }

  /** Options of a request that ends when `abort` does. */
  options(abort = this.abort) {
    return { signal: abort?.signal };
  }

  /** Reports an error; back() is called when an unreachable server returns. */
  failed(error) {
    if (error.name === "AbortError" || this.gone)
      return;
    if (this.status) {
      this.status.classList.add("bad");
      this.status.textContent = error.message;
    }
    if (error.code === "unreachable")
      this.ctx.whenBack(() => { if (!this.gone) this.back(); });
    else
      this.ctx.fail(error, { quiet: Boolean(this.status) });
  }

  say(text) {
    this.status.classList.remove("bad");
    this.status.textContent = text;
  }

  back() {}

  leave() {
    this.gone = true;
    this.loop?.stop();
    this.abort?.abort();
  }
}
