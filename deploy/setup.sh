#!/usr/bin/env bash
# Make the virtual environment and install Parkflow into it: setup.sh PYTHON VENV PARTS
# PARTS is an extra of pyproject.toml: `demo` for what runs, `dev` for tests and checks too.
set -euo pipefail
python=$1 venv=$2 parts=$3
say() { printf '%s\n' "$*" >&2; }
trap 'say "  stopped; the same command goes on from here"; exit 130' INT TERM

command -v "$python" >/dev/null || {
  say "There is no $python here. Install Python 3.11 or newer (Debian: apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3 …"
  exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  say "$("$python" --version) is too old: Parkflow needs Python 3.11 or newer. Name one with: make PYTHON=/path/to/python3 …"
  exit 1
}
began=$SECONDS
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  rm -rf "$venv"
  told=$("$python" -m venv "$venv" 2>&1) || {
    say "$told"
    say "A virtual environment could not be made; the reason stands above. On Debian: apt-get install python3-venv, then say the same command again."
    exit 1
  }
fi
say "  installing Parkflow and what it needs into $venv (once, a few minutes) …"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[$parts]" 2>"$venv/install.log" || {
  { grep -oiE "ERROR: .*|failed to establish[^']*|[^(']*(certificate|timed out|name resolution|no space left)[^')]*" "$venv/install.log" || tail -n 5 "$venv/install.log"; } |
    awk '!seen[$0]++' | tail -n 6 >&2
  say "The packages could not be installed; the reason stands above (all of it: $venv/install.log). If a download failed: look at the network or your pip settings, then say the same command again; what has arrived is kept."
  exit 1
}
say "  installed in $((SECONDS - began)) s"
