/**
 * A table that can be sorted, filtered and saved: Tabulator, which Panel ships, fetched when a table
 * is first shown.
 */

import {button, html} from "../scene/elements.js"

const HEIGHT = "var(--table-height)" // of the page: so that only the table scrolls
const SETTLED_MS = 400
const grouped = (count) => count.toLocaleString("en-GB")
const TEXTS = ["text", "words", "name", "sign"]
const COMPARISON = /^\s*(>=|<=|>|<)\s*(-?[\d.]+)\s*(%?)\s*$/
const WIDTHS = {text: 104, name: 104, words: 190, sign: 66, count: 58, number: 72, fraction: 70}

/** A value as the table writes it. */
export function written(value, form) {
  if (value === null) return ""
  if (form === "number") return Number(value.toPrecision(3)).toString().replace("-", "−")
  if (form === "count") return grouped(value)
  if (form === "fraction") return `${Math.round(100 * value)} %`
  return String(value)
}

/** Whether a value meets what was typed above its column: ">50", "<10 %", or a part of its text. */
export function meets(typed, value, form) {
  const found = COMPARISON.exec(typed)
  if (!found || typeof value !== "number") {
    return written(value, form).toLowerCase().includes(typed.trim().toLowerCase())
  }
  const [, sign, digits, percent] = found
  const bound = Number(digits) / (percent ? 100 : 1)
  return {">": value > bound, "<": value < bound, ">=": value >= bound, "<=": value <= bound}[sign]
}

/** Rows of Tabulator: {row, id, c0, c1, …}. */
export function rowsOf({ids, columns}) {
  return Array.from(ids, (id, row) => Object.assign(
    {row, id}, ...columns.map(({values}, i) => ({[`c${i}`]: values[row]}))))
}

/** Numbers by size with missing ones last in either order, texts by the alphabet. */
export function compare(a, b, way) {
  if (a === null || b === null) return ((a === null) - (b === null)) * (way === "asc" ? 1 : -1)
  return typeof a === "number" ? a - b : a.localeCompare(b)
}

function columnOf({title, form}, i, enlarged) {
  const isText = TEXTS.includes(form)
  return {
    title, field: `c${i}`, frozen: i === 0, widthGrow: form === "words" ? 3 : 1,
    minWidth: enlarged * WIDTHS[i === 0 && form === "text" ? "fraction" : form],
    hozAlign: isText ? "left" : "right", headerHozAlign: isText ? "left" : "right",
    formatter: (cell) => {
      const text = written(cell.getValue(), form)
      return html(null, "span", form === "name" && !text ? "unnamed" : "", text || (form === "name" ? "name it" : ""))
    },
    sorter: (a, b, _one, _other, _column, way) => compare(a, b, way),
    headerSortStartingDir: isText ? "asc" : "desc",
    headerFilter: "input",
    headerFilterFunc: (typed, value) => meets(typed, value, form),
    headerFilterParams: {elementAttributes: {"aria-label": `Filter by ${title}`}},
    headerFilterPlaceholder: isText ? "" : ">",
    editor: form === "name" ? "input" : false,
    editorParams: {elementAttributes: {maxlength: 40, "aria-label": "Name of the cluster"}},
    variableHeight: false, tooltip: isText,
  }
}

let fetched = null
/** Tabulator's class; its script is no module. */
function tabulator(address) {
  fetched ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), {src: address})
    script.onload = () => resolve(globalThis.Tabulator)
    script.onerror = () => reject(new Error(`${address} cannot be loaded`))
    document.head.append(script)
  })
  return fetched
}

/** How the rows are arranged, by the titles of columns, as the address keeps it; "" as they came. */
export function arrangement(sorters, filters, columns) {
  const titleOf = (field) => columns[Number(field.slice(1))].title
  const [first] = sorters
  const kept = {}
  if (first) kept.sort = [titleOf(first.field), first.dir]
  if (filters.length) {
    kept.filter = Object.fromEntries(filters.map(({field, value}) => [titleOf(field), value]))
  }
  return Object.keys(kept).length ? JSON.stringify(kept) : ""
}

/** Tabulator's {initialSort, initialHeaderFilter} of an arrangement; columns that are gone have none. */
export function arranged(text, columns) {
  const {sort, filter = {}} = text ? JSON.parse(text) : {}
  const fieldOf = (title) => columns.findIndex((column) => column.title === title)
  const known = (title) => fieldOf(title) >= 0
  return {
    initialSort: sort && known(sort[0]) ? [{column: `c${fieldOf(sort[0])}`, dir: sort[1]}] : [],
    initialHeaderFilter: Object.entries(filter).filter(([title]) => known(title)).map(
      ([title, value]) => ({field: `c${fieldOf(title)}`, value})),
  }
}

/** What a click on a row selects. */
function messageOf(kind, id, further) {
  if (kind === "chips") return {type: "pin", pinned: `chip~${id + 1}`}
  if (kind === "units") return {type: further ? "add_unit" : "unit", unit: id}
  return {type: further ? "add_word" : "word", word_id: id}
}

class Table {
  constructor(model, parts) {
    Object.assign(this, {model, ...parts, shown: null, asked: 0})
  }

  async draw() {
    const {table} = this.model
    const asked = ++this.asked
    const Tabulator = await tabulator(this.model.script)
    if (asked !== this.asked) return
    this.shown?.destroy()
    this.shown = null
    if (!table.ids) return
    const {columns} = table
    const enlarged = Number(getComputedStyle(this.place).getPropertyValue("--enlarged")) || 1
    const shown = new Tabulator(this.place, {
      data: rowsOf(table), index: "row", height: HEIGHT, layout: "fitColumns", rowHeight: 24,
      headerFilterLiveFilterDelay: 150, keybindings: false,
      columns: columns.map((column, i) => columnOf(column, i, enlarged)), columnDefaults: {resizable: "header"},
      placeholder: "No row meets the filters.", headerSortElement: "<i class=sorted></i>",
      rowFormatter: (row) => this.mark(row), ...arranged(this.model.rows, columns),
    })
    shown.on("tableBuilt", () => {
      this.shown = shown
      this.say(shown.getDataCount("active"))
    })
    shown.on("rowClick", (event, row) => {
      if (event.target.closest("input")) return
      this.model.send_msg(messageOf(table.kind, row.getData().id, event.shiftKey))
    })
    shown.on("cellEdited", (cell) => {
      const [cluster, text] = [cell.getData().id, cell.getValue() ?? ""]
      this.model.send_msg({type: "name_cluster", cluster, text})
    })
    shown.on("dataSorted", () => this.note())
    shown.on("dataFiltered", (_, rows) => {
      this.say(rows.length)
      this.note()
    })
  }

  say(rows) {
    const {ids} = this.model.table
    this.count.textContent = rows === ids.length ? grouped(rows) : `${grouped(rows)} of ${grouped(ids.length)}`
  }

  /** Sends how the rows are arranged, once the user has done so. */
  note() {
    clearTimeout(this.waiting)
    if (this.shown) this.waiting = setTimeout(() => this.send(), SETTLED_MS)
  }

  send() {
    if (!this.shown) return
    const sorters = this.shown.getSorters().map(({field, dir}) => ({field, dir}))
    const text = arrangement(sorters, this.shown.getHeaderFilters(), this.model.table.columns)
    if (text !== this.model.rows) this.model.send_msg({type: "arrange", text})
  }

  mark(row) {
    row.getElement().classList.toggle("chosen-row", this.model.chosen.includes(row.getData().id))
  }

  markAll() {
    this.shown?.getRows("visible").forEach((row) => this.mark(row))
  }

  save() {
    this.shown?.download(this.model.table.form, this.model.table.file, {bom: true})
  }
}

export function render({model, el}) {
  const root = html(null, "div", "data-table")
  const style = Object.assign(html(root, "link"), {rel: "stylesheet", href: model.style_sheet})
  const bar = html(root, "div", "table-bar")
  const table = new Table(model, {count: html(bar, "span", "count"), place: html(root, "div", "rows")})
  button(bar, "CSV", () => table.save()).title = "Save the rows as they are filtered and sorted"
  button(bar, "Wide", () => model.send_msg({type: "presentation", panes: ["detail"]})).title
    = "Show the detail column over the whole page"
  el.replaceChildren(root)
  model.on("table", () => table.draw())
  model.on("chosen", () => table.markAll())
  model.on("remove", () => table.shown?.destroy())
  style.addEventListener("load", () => table.draw(), {once: true})
}
