# packages.sh: which of Debian's packages Holdfast needs, and how they are installed. Sourced by demo.sh and test.sh.
# Installing starts no system service and touches none that ran: a policy that forbids starts stands in
# /usr/sbin/policy-rc.d while apt works, and a service that came with a new package is left disabled.

build_packages=(g++ cmake ninja-build ccache pkg-config libboost-dev libzmq3-dev cppzmq-dev libsodium-dev libssl-dev
  libsqlite3-dev libxml2-dev libre2-dev nlohmann-json3-dev libcli11-dev libedit-dev)
demo_packages=(python3 redis-server)
test_packages=(libgtest-dev libgmock-dev clang-format-14 supervisor chromium iproute2 libxml2-utils procps
  python3-zmq python3-websockets)

fuzz_packages=(clang-14 libclang-rt-14-dev)

say() { printf '%s\n' "$*" >&2; }

# The named packages that are not installed.
missing_packages() {
  local name
  for name in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
  done
}

# What runs as root here: nothing, sudo, or a message and the end.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

may_install() { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null 2>&1; }

_policy=/usr/sbin/policy-rc.d
_policy_state=

_forbid_service_starts() {
  if [ -x "$_policy" ]; then
    local answer=0
    "$_policy" redis-server start >/dev/null 2>&1 || answer=$?
    if [ "$answer" = 101 ]; then _policy_state=theirs; return; fi
    as_root mv "$_policy" "$_policy.before-holdfast"
    _policy_state=moved
  else
    _policy_state=ours
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$_policy" >/dev/null
  as_root chmod 755 "$_policy"
}

_allow_service_starts() {
  case "$_policy_state" in
    ours) as_root rm -f "$_policy" ;;
    moved) as_root mv -f "$_policy.before-holdfast" "$_policy" ;;
  esac
  _policy_state=
}

# Installs what of the named packages is missing; says their names and stops where that is not possible.
need_packages() {
  local missing=() name
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" = 0 ] && return 0
  if ! may_install; then
    say "These Debian packages are missing, and this is neither root nor is there sudo:"
    say "  apt-get install --no-install-recommends ${missing[*]}"
    exit 1
  fi
  say "Installing from Debian: ${missing[*]}"
  trap _allow_service_starts EXIT
  trap 'exit 130' INT TERM
  _forbid_service_starts
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  _allow_service_starts
  trap - EXIT INT TERM
  if [ -d /run/systemd/system ]; then
    for name in "${missing[@]}"; do
      case "$name" in supervisor | redis-server) as_root systemctl disable "$name" >/dev/null 2>&1 || true ;; esac
    done
  fi
}

# need_node: Node.js and npm, from Debian only where there are none.
need_node() {
  command -v node >/dev/null 2>&1 || need_packages nodejs
  command -v npm >/dev/null 2>&1 || need_packages npm
}

# knows PRESET [target...]: the tree is configured and has these targets (one configured before GoogleTest was installed
# has none of the tests').
knows() {
  local file=build/$1/build.ninja target
  [ -f "$file" ] || return 1
  for target in "${@:2}"; do grep -q "^build $target:" "$file" || return 1; done
}

# build PRESET [target...]: configures when needed and builds with progress. A tree that these scripts configure
# is a unity build: a first build takes half the time; `cmake --preset PRESET` by hand suits development better.
build() {
  local preset=$1
  shift
  knows "$preset" "$@" || cmake --preset "$preset" -DCMAKE_UNITY_BUILD=ON >"build-$preset.log" 2>&1 ||
    { cat "build-$preset.log" >&2; rm -f "build-$preset.log"; return 1; }
  rm -f "build-$preset.log"
  if [ $# -gt 0 ]; then cmake --build --preset "$preset" --target "$@"; else cmake --build --preset "$preset"; fi
}
