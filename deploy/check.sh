#!/usr/bin/env bash
# Style, types, borders, wire compatibility, deployment files. Every check runs; the worst code ends.
set -uo pipefail
bin=$1
worst=0
step() {
  local name=$1
  shift
  local began=$SECONDS output
  if output=$("$@" 2>&1); then
    printf 'ok       %-28s %3d s\n' "$name" $((SECONDS - began))
    grep -E '^SKIPPED' <<<"$output"
  else
    worst=1
    printf 'FAILED   %-28s %3d s\n%s\n' "$name" $((SECONDS - began)) "$output"
  fi
}
step "ruff check" "$bin/ruff" check services tests deploy docs parks hatch_build.py
step "ruff format" "$bin/ruff" format --check services tests deploy docs parks hatch_build.py
step "mypy" "$bin/mypy" services
step "import borders" "$bin/lint-imports"
step "park files" bash -c "for park in parks/*.yaml; do '$bin/python' -m services.runtime.park_file check \"\$park\" || exit 1; done"
step "buf lint" "$bin/buf" lint protos
step "buf breaking" "$bin/buf" breaking protos --against protos/released.binpb
[ -e deploy/check.py ] && step "deployment" "$bin/python" deploy/check.py
exit $worst
