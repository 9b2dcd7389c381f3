#!/usr/bin/env bash
# The demo: three agents on 127.0.0.1, 127.0.0.2 and 127.0.0.3 as one cluster, running a small shop (a one-shot, redis,
# three workers, a web page). Installs what is missing from Debian's packages and builds first.
#   packaging/demo.sh                 builds, starts, tells what to try; Ctrl-C ends everything it started
#   packaging/demo.sh kill-node N     SIGKILL to the keeper, the agent and every program of node N (1 to 3)
#   packaging/demo.sh kill-agent N    SIGKILL to the agent of node N; its programs must not notice
#   packaging/demo.sh start-node N    starts node N again
#   packaging/demo.sh status          the cluster as node 1 (or the first that answers) sees it
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=/usr/bin:/usr/sbin:/bin:/sbin:$PATH
. packaging/packages.sh

export DEMO_DIR=${HOLDFAST_DEMO_DIR:-$PWD/build/demo}
export DEMO_PORT=${HOLDFAST_DEMO_PORT:-9100}
export DEMO_STORE_HOST=127.0.0.10 DEMO_STORE_PORT=${HOLDFAST_DEMO_STORE_PORT:-9110}
export DEMO_WEB_HOST=127.0.0.10 DEMO_WEB_PORT=${HOLDFAST_DEMO_WEB_PORT:-9180}
bin=$PWD/build/release/bin
ctl=$bin/holdfastctl

url_of() { printf 'http://127.0.0.%s:%s' "$1" "$DEMO_PORT"; }

start_node() {
  local node=$1
  mkdir -p "$DEMO_DIR/n$node"
  DEMO_NODE=n$node DEMO_HOST=127.0.0.$node setsid "$bin/holdfastd" -n -s -c conf/demo/holdfast.conf \
    </dev/null >"$DEMO_DIR/n$node/stdout.log" 2>"$DEMO_DIR/n$node/stderr.log" &
  printf '%s\n' "$!" >"$DEMO_DIR/n$node/started.pid"
}

# pid of the node's keeper, if it is one of ours and alive.
keeper_of() {
  local pid
  pid=$(cat "$DEMO_DIR/n$1/holdfastd.pid" 2>/dev/null || cat "$DEMO_DIR/n$1/started.pid" 2>/dev/null) || return 1
  [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" = "$bin/holdfastd" ] || return 1
  printf '%s\n' "$pid"
}

children_of() { cat "/proc/$1/task/$1/children" 2>/dev/null || true; }

# Every process below a keeper, the keeper first.
family_of() {
  local pid
  printf '%s\n' "$1"
  for pid in $(children_of "$1"); do family_of "$pid"; done
}

kill_node() {
  local keeper family
  keeper=$(keeper_of "$1") || { say "Node $1 is not running."; exit 1; }
  mapfile -t family < <(family_of "$keeper")
  kill -KILL "${family[@]}" 2>/dev/null || true
  rm -f "$DEMO_DIR/n$1/holdfastd.pid"
  say "Node $1 is dead: keeper, agent and programs (${#family[@]} processes) got SIGKILL."
}

kill_agent() {
  local keeper pid
  keeper=$(keeper_of "$1") || { say "Node $1 is not running."; exit 1; }
  for pid in $(children_of "$keeper"); do
    if [ "$(readlink "/proc/$pid/exe")" = "$bin/holdfast-agent" ]; then
      kill -KILL "$pid"
      say "The agent of node $1 (pid $pid) got SIGKILL; its programs go on and a new agent takes them over."
      return
    fi
  done
  say "Node $1 has no agent at this moment."
  exit 1
}

stop_all() {
  trap - EXIT INT TERM
  local node keeper keepers=()
  for node in 1 2 3; do
    if keeper=$(keeper_of "$node"); then keepers+=("$keeper"); fi
  done
  [ "${#keepers[@]}" = 0 ] && return 0
  say ""
  say "Stopping the demo."
  kill -TERM "${keepers[@]}" 2>/dev/null || true
  for keeper in "${keepers[@]}"; do
    tail --pid="$keeper" -f /dev/null 2>/dev/null &
    local waiter=$!
    (sleep 15; kill "$waiter" 2>/dev/null) & local alarm=$!
    wait "$waiter" 2>/dev/null || true
    kill "$alarm" 2>/dev/null || true
  done
}

ports_are_free() {
  local node
  for node in 1 2 3; do
    if (exec 3<>"/dev/tcp/127.0.0.$node/$DEMO_PORT") 2>/dev/null; then
      say "127.0.0.$node:$DEMO_PORT is taken (is the demo running already?). HOLDFAST_DEMO_PORT chooses another port."
      exit 1
    fi
  done
}

explain() {
  cat >&2 <<TEXT

The demo runs. Its files are in $DEMO_DIR.

  dashboard      $(url_of 1)/   (the same on 127.0.0.2 and 127.0.0.3)
  the shop       http://$DEMO_WEB_HOST:$DEMO_WEB_PORT/

Try in another terminal:

  build/release/bin/holdfastctl -s $(url_of 1) status --cluster
  build/release/bin/holdfastctl -s $(url_of 1) nodes
  packaging/demo.sh kill-node 2     a node dies: its programs come up elsewhere within seconds
  build/release/bin/holdfastctl -s $(url_of 1) why shop:store
  packaging/demo.sh start-node 2
  packaging/demo.sh kill-agent 1    an agent dies: no program notices
  supervisorctl -s $(url_of 1) status

Ctrl-C ends everything.
TEXT
}

case "${1:-start}" in
  start)
    need_packages "${build_packages[@]}" "${demo_packages[@]}"
    build release holdfastd holdfast-agent holdfastctl
    ports_are_free
    rm -rf "$DEMO_DIR"
    mkdir -p "$DEMO_DIR"
    "$ctl" keys new "$DEMO_DIR/cluster.key" >/dev/null
    trap stop_all EXIT
    trap 'exit 130' INT TERM
    for node in 1 2 3; do start_node "$node"; done
    for _ in $(seq 100); do
      "$ctl" -s "$(url_of 1)" status --cluster 2>/dev/null | grep -q 'shop:web.*RUNNING' && break
      for node in 1 2 3; do
        keeper_of "$node" >/dev/null || { [ "$SECONDS" -gt 5 ] && { cat "$DEMO_DIR/n$node/stderr.log" >&2; exit 1; }; }
      done
      sleep 0.2
    done
    "$ctl" -s "$(url_of 1)" status --cluster >&2 || true
    explain
    while :; do sleep 86400 & wait $!; done
    ;;
  kill-node) kill_node "${2:?which node: 1, 2 or 3}" ;;
  kill-agent) kill_agent "${2:?which node: 1, 2 or 3}" ;;
  start-node)
    keeper_of "${2:?which node: 1, 2 or 3}" >/dev/null && { say "Node $2 is running."; exit 1; }
    start_node "$2"
    say "Node $2 starts."
    ;;
  status)
    for node in 1 2 3; do "$ctl" -s "$(url_of "$node")" status --cluster 2>/dev/null && exit 0; done
    say "No node of the demo answers."
    exit 1
    ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
