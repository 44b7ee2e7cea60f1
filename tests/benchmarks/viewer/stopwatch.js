// Runs before a page's own scripts: notes when what was asked for is on the screen.
//
// A time ends after the first frame that shows what was awaited: the predicate is asked once a frame,
// and a message to oneself is answered when that frame has been painted.
{
  const deep = (root, selector) => root.querySelector(selector) ??
    [...root.querySelectorAll("*")].filter((node) => node.shadowRoot)
      .map((node) => deep(node.shadowRoot, selector)).find(Boolean)
  const bench = {
    began: 0, painted: 0, handled: 0, received: [], frames: [],
    find: (selector) => deep(document, selector),
    /** Whether Bokeh has drawn all its own, and the main view where there is one. */
    idle: (withView) => Boolean(globalThis.Bokeh?.documents?.[0]?.is_idle) &&
      (!withView || Boolean(bench.view?.dataset.drawn ?? (bench.view = bench.find(".view"))?.dataset.drawn)),
    /** Milliseconds from `began` until the frame that shows what `predicate` awaits. */
    until: (predicate) => new Promise((resolve) => {
      const look = () => {
        if (!predicate()) return void requestAnimationFrame(look)
        const {port1, port2} = new MessageChannel()
        port1.onmessage = () => resolve(performance.now() - bench.began)
        port2.postMessage(0)
      }
      requestAnimationFrame(look)
    }),
    /** Waits for the next click or key, then for `predicate`. */
    arm: (predicate) => {
      bench.began = Infinity
      bench.result = bench.until(() => bench.began < Infinity && predicate())
    },
    bytesBefore: (time) => bench.received.filter(([at]) => at <= time).reduce((sum, [, size]) => sum + size, 0),
    watchFrames: () => {
      bench.frames = []
      let last = performance.now()
      const tick = (now) => {
        bench.frames.push(now - last)
        last = now
        bench.watching = requestAnimationFrame(tick)
      }
      bench.watching = requestAnimationFrame(tick)
    },
  }
  for (const kind of ["click", "keydown"]) {
    addEventListener(kind, (event) => {
      if (bench.began === Infinity && (kind === "click" || event.key.length > 1)) bench.began = event.timeStamp
      bench.entered = performance.now()
    }, {capture: true})
    addEventListener(kind, () => { bench.handled = performance.now() - bench.entered })
  }
  const {fillRect} = CanvasRenderingContext2D.prototype
  CanvasRenderingContext2D.prototype.fillRect = function (...box) {
    bench.painted = performance.now()
    return fillRect.apply(this, box)
  }
  const Socket = globalThis.WebSocket
  globalThis.WebSocket = class extends Socket {
    constructor(...options) {
      super(...options)
      this.addEventListener("message", ({data}) => {
        bench.received.push([performance.now(), data.byteLength ?? data.size ?? data.length])
      })
    }
  }
  // When what is to come is first shown, at the latest when everything is.
  bench.skeleton = bench.until(() => bench.find(".skeleton i")?.getBoundingClientRect().width || bench.idle(false))
  globalThis.bench = bench
}
