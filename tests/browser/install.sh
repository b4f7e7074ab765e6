#!/usr/bin/env bash
# A browser for the page's tests: one that is there, else Debian's Chromium.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "  installing Debian's Chromium for the page's tests …" >&2
  (apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium) \
    >"${TMPDIR:-/tmp}/parkflow-chromium.log" 2>&1 && exit 0
  echo "Chromium could not be installed; see ${TMPDIR:-/tmp}/parkflow-chromium.log" >&2
fi
echo "The page's tests need Chromium and will fail without it. On Debian: apt-get install chromium" >&2
