# Shared by the scripts of this folder; sourced, never run.
# One root for everything that is downloaded, built or kept outside the checkout.
FTE_CACHE=${FTE_CACHE:-$HOME/.cache/digital-fte}
FTE_CLUSTER_DIR=${FTE_CLUSTER_DIR:-$FTE_CACHE/cluster}
FTE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export FTE_CACHE FTE_CLUSTER_DIR FTE_ROOT

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }

# wait_for SECONDS WHAT COMMAND...: runs the command until it succeeds; fails with WHAT after the deadline.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || { say "gave up waiting for $what"; return 1; }
    sleep 0.2
  done
}

# alive PIDFILE: the process named there runs and is ours: its command line names the folder of the file.
# (After a restart of the machine the number may be somebody else's.)
# A process that is just becoming another program has no command line for a moment: such a one is asked again.
alive() {
  [ -s "$1" ] || return 1
  local line folder=${1%/*}
  for _ in 1 2 3 4 5; do
    line=$(tr '\0' ' ' 2>/dev/null <"/proc/$(cat "$1")/cmdline") || return 1
    [ -z "$line" ] || break
    sleep 0.01
  done
  [[ $line == *"$folder"* || $line == *"$(readlink -f "$folder")"* ]]
}

# end PIDFILE SIGNAL SECONDS: asks the process to end, kills it after the deadline, removes the file.
end() {
  if alive "$1"; then
    kill "-$2" "$(cat "$1")"
    wait_for "$3" "the end of process $(cat "$1")" gone "$1" || kill -KILL "$(cat "$1")" 2>/dev/null || true
  fi
  rm -f "$1"
}
gone() { ! alive "$1"; }

# locked NAME: holds the lock of that name until this script ends, so that two callers never start the same thing.
# Children that outlive the script are started with 9>&-.
locked() {
  mkdir -p "$FTE_CACHE/locks"
  exec 9>"$FTE_CACHE/locks/$1"
  flock -n 9 || { say "waiting for another run of this script"; flock 9; }
}

# packages NAME...: Debian packages that are missing are installed.
packages() {
  local missing=() package log=$FTE_CACHE/apt.log
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then die "please install ${missing[*]}"; fi
  say "installing Debian packages: ${missing[*]}"
  apt-get update -qq >"$log" 2>&1 || true
  # RUNLEVEL=1: the packages' scripts start no services
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1 9>&- ||
    { tail -20 "$log" >&2; die "apt-get failed"; }
}

# Programs built here come first: they fit each other.
PATH=$FTE_CLUSTER_DIR/bin:$PATH

# use_docker: a Docker engine answers. Debian's client builds with secrets and cache mounts against Debian's engine;
# other clients speak a newer API than that engine unless told otherwise.
use_docker() {
  docker info >/dev/null 2>&1 && return
  DOCKER_API_VERSION=1.41 docker info >/dev/null 2>&1 || return 1
  export DOCKER_API_VERSION=1.41
}
