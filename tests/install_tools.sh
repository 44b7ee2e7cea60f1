#!/usr/bin/env bash
# Installs what the tests need outside of Python: tests/install_tools.sh [browser] [node] [eslint] [postgresql]
#   browser  Chromium: the machine's own, else Playwright's, else Debian's package
#   node     Node.js 18 or newer: the machine's own, else Debian's package
#   eslint   ESLint as pinned in tests/viewer/component/package-lock.json, by npm
#   postgresql  its server's programs: the machine's own, else Debian's package
set -eu
cd "$(dirname "$0")/.."
JS_TOOLS=tests/viewer/component

debian() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  echo "installing Debian's $1 for the tests ..."
  apt-get update -qq && apt-get install -y -qq "$@" >/dev/null
}

missing() {
  echo "the tests need $1: install your system's package '$2', then run this again" >&2
  exit 1
}

browser() {
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && return
  done
  ls "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-* >/dev/null 2>&1 && return
  echo "no Chromium found; fetching one for the browser tests ..."
  .venv/bin/playwright install chromium >/dev/null 2>&1 || debian chromium || missing Chromium chromium
}

has_node() {
  command -v node >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ]
}

node_js() {
  has_node || { debian nodejs && has_node; } || missing "Node.js 18 or newer" nodejs
}

eslint() {
  node_js
  [ "$JS_TOOLS/node_modules/.package-lock.json" -nt "$JS_TOOLS/package-lock.json" ] && return
  command -v npm >/dev/null || debian npm --no-install-recommends || missing npm npm
  npm ci --prefix "$JS_TOOLS" --no-audit --no-fund --silent
}

postgresql() {
  command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
    || debian postgresql --no-install-recommends || missing PostgreSQL postgresql
}

for tool in "${@:-browser}"; do
  case $tool in
    browser) browser ;;
    node) node_js ;;
    eslint) eslint ;;
    postgresql) postgresql ;;
    *) echo "found the tool '$tool', expected browser, node, eslint or postgresql" >&2; exit 2 ;;
  esac
done
