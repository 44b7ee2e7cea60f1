/** Names for the parts of Bokeh's sliders and number fields, which screen readers find without any. */

const ENDS = [["", ""], ["lower end", "upper end"]]

function name(parts, names) {
  parts.forEach((part, i) => part.setAttribute("aria-label", names[i].trim()))
}

function nameHandles(shadow, title) {
  const handles = [...shadow.querySelectorAll(".noUi-handle")]
  name(handles, ENDS[handles.length - 1].map((end) => `${title}, ${end}`.replace(/, $/, "")))
}

function nameSteps(shadow, title) {
  const steps = [...shadow.querySelectorAll(".bk-spin-btn")]
  name(steps, [`${title}, more`, `${title}, fewer`])
}

/** Calls `act` with the shadow root and title of every widget of the type once it is drawn. */
function whenDrawn(type, act) {
  const {prototype} = globalThis.Bokeh.Models.get(type).prototype.default_view
  const draw = prototype.render
  prototype.render = function render() {
    draw.call(this)
    act(this.shadow_el, this.model.title ?? "")
  }
}

for (const type of ["Slider", "RangeSlider"]) whenDrawn(type, nameHandles)
whenDrawn("Spinner", nameSteps)
