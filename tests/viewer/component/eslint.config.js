/** ESLint for the browser component and its tests; run from the repository's root. */

import js from "@eslint/js"
import globals from "globals"

export default [
  js.configs.recommended,
  {
    languageOptions: {ecmaVersion: 2023, sourceType: "module"},
    linterOptions: {reportUnusedDisableDirectives: "error"},
    rules: {
      "eqeqeq": "error",
      "no-shadow": ["error", {builtinGlobals: false}],
      "no-unused-vars": ["error", {args: "all", argsIgnorePattern: "^_"}],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  {files: ["viewer/component/**"], languageOptions: {globals: globals.browser}},
  {files: ["tests/**"], languageOptions: {globals: globals.node}},
]
