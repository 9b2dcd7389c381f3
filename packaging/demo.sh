#!/usr/bin/env bash
# The demo: three agents on 127.0.0.1, 127.0.0.2 and 127.0.0.3 as one cluster, running a small shop (a one-shot, redis,
# three workers, a web page). Installs what is missing from Debian's packages and builds first.
#   packaging/demo.sh                 builds, starts, tells what to try; Ctrl-C ends everything it started
#   packaging/demo.sh kill-node N     SIGKILL to the keeper, the agent and every program of node N (1 to 3)
#   packaging/demo.sh kill-agent N    SIGKILL to the agent of node N; its programs must not notice
#   packaging/demo.sh start-node N    starts node N again
#   packaging/demo.sh status          the cluster as node 1 (or the first that answers) sees it
# Other ports and another folder: HOLDFAST_DEMO_PORT (9100), HOLDFAST_DEMO_STORE_PORT (9110), HOLDFAST_DEMO_WEB_PORT
# (9180), HOLDFAST_DEMO_DIR (build/demo).
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=/usr/bin:/usr/sbin:/bin:/sbin:$PATH
. packaging/packages.sh

export DEMO_DIR=${HOLDFAST_DEMO_DIR:-$PWD/build/demo}
export DEMO_PORT=${HOLDFAST_DEMO_PORT:-9100}
export DEMO_STORE_HOST=127.0.0.10 DEMO_STORE_PORT=${HOLDFAST_DEMO_STORE_PORT:-9110}
export DEMO_WEB_HOST=127.0.0.10 DEMO_WEB_PORT=${HOLDFAST_DEMO_WEB_PORT:-9180}
settings=$DEMO_DIR/demo.env  # the ports of the demo that runs, for the commands of another terminal; marks the folder
nodes=(1 2 3)
bin=$PWD/build/release/bin
ctl=$bin/holdfastctl

url_of() { printf 'http://127.0.0.%s:%s' "$1" "$DEMO_PORT"; }

use_running_demo() {
  # shellcheck source=/dev/null
  if [ -f "$settings" ]; then . "$settings"; fi
}

# The cluster as node N sees it; fails when it does not answer. (Status 3 only says that something does not run.)
cluster_by() {
  local status=0 seen
  seen=$("$ctl" -s "$(url_of "$1")" status --cluster 2>/dev/null) || status=$?
  if [ "$status" != 0 ] && [ "$status" != 3 ]; then return 1; fi
  printf '%s\n' "$seen"
}

need_node_number() {
  case "${1:-}" in
    1 | 2 | 3) ;;
    *) say "Which node: 1, 2 or 3?"; exit 2 ;;
  esac
}

start_node() {
  local node=$1
  mkdir -p "$DEMO_DIR/n$node"
  rm -f "$DEMO_DIR/n$node/holdfastd.pid"
  DEMO_NODE=n$node DEMO_HOST=127.0.0.$node setsid "$bin/holdfastd" -n -s -c conf/demo/holdfast.conf \
    </dev/null >"$DEMO_DIR/n$node/stdout.log" 2>"$DEMO_DIR/n$node/stderr.log" &
  printf '%s\n' "$!" >"$DEMO_DIR/n$node/started.pid"
  disown "$!"  # no word from the shell when the node is killed
}

# True when the pid runs the named program of this build, also when the file has been built anew since.
runs() {
  local file
  file=$(readlink "/proc/$1/exe" 2>/dev/null) || return 1
  [ "${file% (deleted)}" = "$bin/$2" ]
}

# pid of the node's keeper, if it is one of ours and alive.
keeper_of() {
  local file pid
  for file in holdfastd.pid started.pid; do
    pid=$(cat "$DEMO_DIR/n$1/$file" 2>/dev/null) || continue
    if [ -n "$pid" ] && runs "$pid" holdfastd; then
      printf '%s\n' "$pid"
      return 0
    fi
  done
  return 1
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
  say "Node $1 is dead: keeper, agent and programs (${#family[@]} processes) got SIGKILL."
}

kill_agent() {
  local keeper pid
  keeper=$(keeper_of "$1") || { say "Node $1 is not running."; exit 1; }
  for pid in $(children_of "$keeper"); do
    if runs "$pid" holdfast-agent; then
      kill -KILL "$pid"
      say "The agent of node $1 (pid $pid) got SIGKILL; its programs go on and a new agent takes them over."
      return
    fi
  done
  say "Node $1 has no agent at this moment."
  exit 1
}

# The pids of the keepers that run.
keepers() {
  local node
  for node in "${nodes[@]}"; do keeper_of "$node" || true; done
}

idler=
stop_all() {
  trap - EXIT
  trap '' INT TERM  # a second Ctrl-C changes nothing: this ends by itself
  local running deadline
  if [ -n "$idler" ]; then kill "$idler" 2>/dev/null || true; fi
  mapfile -t running < <(keepers)
  if [ "${#running[@]}" = 0 ]; then return 0; fi
  say ""
  say "Stopping the demo."
  kill -TERM "${running[@]}" 2>/dev/null || true
  deadline=$((SECONDS + 15))
  while mapfile -t running < <(keepers) && [ "${#running[@]}" != 0 ]; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      say "Not everything ended within 15 s; the rest gets SIGKILL."
      local node
      for node in "${nodes[@]}"; do (kill_node "$node" 2>/dev/null) || true; done
      break
    fi
    sleep 0.1
  done
}

need_free_port() {
  if (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; then
    say "$1:$2 is taken by another program. $3 chooses another port."
    exit 1
  fi
}

need_a_place() {
  local node
  if [ -n "$(keepers)" ]; then
    say "The demo is running already (packaging/demo.sh status). One folder holds one: see HOLDFAST_DEMO_DIR in --help."
    exit 1
  fi
  for node in "${nodes[@]}"; do need_free_port "127.0.0.$node" "$DEMO_PORT" HOLDFAST_DEMO_PORT; done
  need_free_port "$DEMO_STORE_HOST" "$DEMO_STORE_PORT" HOLDFAST_DEMO_STORE_PORT
  need_free_port "$DEMO_WEB_HOST" "$DEMO_WEB_PORT" HOLDFAST_DEMO_WEB_PORT
  if [ -n "${HOLDFAST_DEMO_DIR:-}" ] && [ -d "$DEMO_DIR" ] && [ ! -f "$settings" ] && [ -n "$(ls -A "$DEMO_DIR")" ]; then
    say "$DEMO_DIR is not empty and no folder of the demo; nothing was changed."
    exit 1
  fi
  rm -rf "$DEMO_DIR"
  mkdir -p "$DEMO_DIR"
  printf 'export %s\n' "DEMO_PORT=$DEMO_PORT" "DEMO_STORE_PORT=$DEMO_STORE_PORT" "DEMO_WEB_PORT=$DEMO_WEB_PORT" >"$settings"
}

# Waits until the last rank of the shop runs; ends the demo with the node's own words if a node does not start.
wait_for_shop() {
  local node seen end=$((SECONDS + 30))
  while [ "$SECONDS" -lt "$end" ]; do
    seen=$(cluster_by 1) || seen=
    if grep -q '^shop:web  *RUNNING' <<<"$seen"; then return 0; fi
    for node in "${nodes[@]}"; do
      if [ ! -d "/proc/$(cat "$DEMO_DIR/n$node/started.pid")" ]; then
        say "Node $node did not start:"
        cat "$DEMO_DIR/n$node/stderr.log" >&2
        exit 1
      fi
    done
    sleep 0.1
  done
  say "The shop is not complete after 30 s; the nodes' logs are $DEMO_DIR/n*/agent.log."
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
  build/release/bin/holdfastctl -s $(url_of 1) why shop:worker_00
  packaging/demo.sh start-node 2    it comes back; nothing is moved
  packaging/demo.sh kill-agent 1    an agent dies: no program notices
  supervisorctl -s $(url_of 1) status     Debian's own, where it is installed

Ctrl-C ends everything.
TEXT
}

start_demo() {
  need_packages "${build_packages[@]}" "${demo_packages[@]}"
  build release holdfastd holdfast-agent holdfastctl
  need_a_place
  "$ctl" keys new "$DEMO_DIR/cluster.key" >/dev/null
  trap stop_all EXIT
  trap 'exit 130' INT TERM HUP
  local node
  for node in "${nodes[@]}"; do start_node "$node"; done
  say "Starting three nodes and the shop."
  wait_for_shop
  cluster_by 1 >&2 || true
  explain
  while :; do
    sleep 86400 &
    idler=$!
    wait "$idler"
  done
}

case "${1:-start}" in
  start) start_demo ;;
  kill-node)
    need_node_number "${2:-}"
    kill_node "$2"
    ;;
  kill-agent)
    need_node_number "${2:-}"
    kill_agent "$2"
    ;;
  start-node)
    need_node_number "${2:-}"
    if [ ! -f "$settings" ]; then say "The demo is not running."; exit 1; fi
    if keeper_of "$2" >/dev/null; then say "Node $2 is running."; exit 1; fi
    use_running_demo
    start_node "$2"
    say "Node $2 starts."
    ;;
  status)
    use_running_demo
    for node in "${nodes[@]}"; do
      if cluster_by "$node"; then exit 0; fi
    done
    say "No node of the demo answers."
    exit 1
    ;;
  -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0" ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
