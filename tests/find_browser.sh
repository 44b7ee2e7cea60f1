#!/usr/bin/env bash
# The browser tests need Chromium. Uses the machine's own; else Playwright's; else Debian's package.
set -eu
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null && exit 0
done
ls "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-* >/dev/null 2>&1 && exit 0
echo "no Chromium found; fetching one for the browser tests ..."
.venv/bin/playwright install chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "make test needs Chromium: install your system's package 'chromium', then run it again" >&2
exit 1
