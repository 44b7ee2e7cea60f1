/** Every test of the component in one process: one for each file takes twice as long. */

import {readdirSync} from "node:fs"

const names = readdirSync(new URL(".", import.meta.url), {recursive: true})
const tests = names.filter((name) => name.endsWith(".test.js") && !name.startsWith("node_modules"))
for (const name of tests.sort()) await import(`./${name}`)
