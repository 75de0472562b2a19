#!/usr/bin/env bash
# One Apache Kafka broker on this machine, from Maven's jars.
#
#   kafka.sh jars     fetch the jars into jars/, unless they are those of pom.xml
#   kafka.sh start    start in the background, return when requests are answered; does nothing when it runs
#   kafka.sh stop     stop what `start` started
#   kafka.sh log      show the log and follow it
#   kafka.sh run      stay in the foreground (containers, tests)
#   kafka.sh with COMMAND...   run a command with a broker: KAFKA_BOOTSTRAP if that is set, else ours, stopped again if it was
#                              not running before
#
#   KAFKA_PORT             9092             on 127.0.0.1
#   KAFKA_CONTROLLER_PORT  KAFKA_PORT + 1
#   KAFKA_DATA             data/ beside this script: records, pid, log; remove it for a fresh broker
#   KAFKA_HEAP             -Xmx512m
#   KAFKA_JVM_FLAGS        see below
#
# Ends with 69 when a program is missing, 64 on a wrong command, 1 on anything else.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
jars=$here/jars
data=${KAFKA_DATA:-$here/data}
port=${KAFKA_PORT:-9092}
controller_port=${KAFKA_CONTROLLER_PORT:-$((port + 1))}
heap=${KAFKA_HEAP:--Xmx512m}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
python=${PYTHON:-python3}

# Kafka 4 brokers need it.
java_at_least=17
# Two laptop cores took 2.4 s; a slow disk or a long recovery takes more, an endless wait helps nobody.
start_seconds=60
# A clean stop writes its index files; past this we would rather say so than wait.
stop_seconds=30
# For a small broker that starts quickly. Compiling with the first compiler only takes 0.3 s off a start of 2.5 s and a
# quarter off the broker's CPU in its first fifteen seconds under load; for a broker that runs for days set KAFKA_JVM_FLAGS=-XX:+UseG1GC.
# UsePerfData maps a file into the temporary folder that a kill -9 leaves there.
jvm_flags=${KAFKA_JVM_FLAGS:--XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -XX:-UsePerfData}
# A broker without memory limps; one that has ended can be started again.
always_flags=(-XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true)

say() { printf '%s\n' "$*" >&2; }
fail() { say "$1"; exit "${2:-1}"; }

# --- what has to be installed ---

java_version() { "$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p'; }

# need java [maven]: one sentence for everything that is missing, so that nobody installs twice.
need() {
  local missing='' program version
  for program in "$@"; do
    case $program in
      java)
        version=$(java_version) || version=''
        if [ -z "$version" ]; then
          missing="Java $java_at_least or newer"
        elif [ "$version" -lt "$java_at_least" ]; then
          missing="Java $java_at_least or newer (found $("$java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p'))"
        fi
        ;;
      maven) command -v mvn >/dev/null || missing="${missing:+$missing and }Maven" ;;
      python) command -v "$python" >/dev/null || missing="${missing:+$missing and }Python ($python)" ;;
    esac
  done
  [ -z "$missing" ] || fail "Kafka needs $missing: on Debian \`apt-get install openjdk-17-jre-headless maven\`, on macOS \`brew install openjdk@17 maven\` with JAVA_HOME set to it." 69
}

# --- the jars ---

# The stamp is the pom they came from, copied last, so that an interrupted fetch is done again.
have_jars() { cmp -s "$here/pom.xml" "$jars/.pom.xml"; }

fetch_jars() {
  if have_jars; then need java; return; fi
  need java maven
  say "fetching Kafka's jars (about 55 MB, once)"
  local new=$jars/.new.$$ jar
  mkdir -p "$new"
  # shellcheck disable=SC2064  # expanded now: `new` is gone when the trap runs
  trap "rm -rf '$new'" EXIT
  mvn --batch-mode --quiet --file "$here/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$new" >&2 \
    || fail 'Maven could not fetch the jars (its reason stands above); run the same command again when the network is back.'
  for jar in "$jars"/*.jar; do
    [ -e "$new/${jar##*/}" ] || rm -f "$jar"
  done
  mv -f "$new"/*.jar "$jars/"
  cp "$here/pom.xml" "$jars/.pom.xml"
  rm -rf "$new"
}

# --- the broker ---

# command_line MAIN ARGUMENTS...: puts the whole command into `command`; the caller runs it or execs it.
command_line() {
  # Unquoted on purpose: each of the two holds several words.
  # shellcheck disable=SC2206
  command=("$java" $heap $jvm_flags "${always_flags[@]}"
    "-Dlog4j2.configurationFile=$here/log4j2.properties" -cp "$jars/*" "$@")
}

# The settings with the ports and the folder of this broker; Java keeps the last of two equal keys.
write_settings() {
  local listeners="PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port"
  {
    cat "$here/server.properties"
    printf '\n# Appended by kafka.sh.\n'
    printf '%s\n' "listeners=$listeners" "advertised.listeners=$listeners" \
      "controller.quorum.bootstrap.servers=127.0.0.1:$controller_port" "log.dirs=$data/records"
  } >"$data/server.properties"
}

# meta.properties is the last file that formatting writes.
format_when_new() {
  [ ! -e "$data/records/meta.properties" ] || return 0
  local cluster_id
  # 16 random bytes in base64, as Kafka writes its ids; no "-", which would read as an option.
  cluster_id=$(head -c 16 /dev/urandom | base64 | tr '+/' '__' | tr -d '=\n')
  command_line kafka.tools.StorageTool format --standalone --cluster-id "$cluster_id" --config "$data/server.properties"
  "${command[@]}"
}

# The pid of our broker, or nothing. Pids are reused, so the process must also be a Kafka that runs on our settings file.
running_pid() {
  local pid
  pid=$(cat "$data/kafka.pid" 2>/dev/null) || return 0
  case $(ps -ww -p "$pid" -o command= 2>/dev/null) in
    *"kafka.Kafka $data/server.properties"*) printf '%s' "$pid" ;;
  esac
}

# The port that the running broker was started with.
running_port() { sed -n 's|^listeners=PLAINTEXT://127.0.0.1:\([0-9]*\),.*|\1|p' "$data/server.properties" | tail -n 1; }

answers() { "$python" "$here/ready.py" "127.0.0.1:$1" "$2" ${3:+"$3"}; }

wait_until_ready() {
  local pid=$1
  answers "$port" "$start_seconds" "$pid" && return
  tail -n 30 "$data/kafka.log" >&2
  if kill -0 "$pid" 2>/dev/null; then
    fail "Kafka did not answer on port $port within $start_seconds s; its last lines stand above, \`$0 log\` follows them, \`$0 stop\` ends it."
  fi
  fail "Kafka ended before it answered on port $port; its last lines stand above (a port in use: set KAFKA_PORT)."
}

# --- the commands ---

run() {
  fetch_jars
  write_settings
  format_when_new
  command_line kafka.Kafka "$data/server.properties"
  exec "${command[@]}"
}

start() {
  local pid
  # shellcheck disable=SC2046  # one word or none
  need java python $(have_jars || printf maven)
  pid=$(running_pid)
  if [ -n "$pid" ]; then
    [ "$(running_port)" = "$port" ] \
      || fail "Kafka already runs on port $(running_port) with $data; stop it first, or set KAFKA_DATA for a second one."
    wait_until_ready "$pid"
    say "Kafka answers on 127.0.0.1:$port already (pid $pid)"
    return
  fi
  if "$python" -c "import socket; socket.create_connection(('127.0.0.1', $port), 2)" 2>/dev/null; then
    fail "Port $port is in use by another program; set KAFKA_PORT to a free one, or KAFKA_BOOTSTRAP to use the Kafka that is there."
  fi
  fetch_jars
  write_settings
  # The last start's log is kept, an older one is not: the log stays bounded and begins with this start.
  [ ! -e "$data/kafka.log" ] || mv -f "$data/kafka.log" "$data/kafka.log.1"
  format_when_new >"$data/kafka.log" 2>&1 || { tail -n 30 "$data/kafka.log" >&2; fail "Kafka could not format $data/records."; }
  command_line kafka.Kafka "$data/server.properties"
  # Its own process group (set -m), so that Ctrl-C in this terminal leaves it alone.
  set -m
  nohup "${command[@]}" </dev/null >>"$data/kafka.log" 2>&1 &
  pid=$!
  set +m
  printf '%s\n' "$pid" >"$data/kafka.pid"
  wait_until_ready "$pid"
  say "Kafka answers on 127.0.0.1:$port (pid $pid, log $data/kafka.log)"
}

stop() {
  local pid ticks=0
  pid=$(running_pid)
  [ -n "$pid" ] || { rm -f "$data/kafka.pid"; say 'Kafka does not run'; return; }
  kill "$pid"
  while [ -n "$(running_pid)" ]; do
    ticks=$((ticks + 1))
    [ "$ticks" -le $((stop_seconds * 5)) ] || fail "Kafka (pid $pid) still runs after $stop_seconds s; look at \`$0 log\`, then \`kill -9 $pid\`."
    sleep 0.2
  done
  rm -f "$data/kafka.pid"
  say "Kafka stopped (pid $pid)"
}

with() {
  local started='' code=0
  [ -z "${KAFKA_BOOTSTRAP:-}" ] || exec "$@"
  if [ -z "$(running_pid)" ]; then
    start
    started=yes
  fi
  # Ctrl-C is for the command, which ends by itself; the broker is stopped after it.
  trap : INT
  KAFKA_BOOTSTRAP=127.0.0.1:$(running_port) "$@" || code=$?
  [ -z "$started" ] || stop
  exit "$code"
}

log() {
  [ -e "$data/kafka.log" ] || fail "There is no log in $data yet; \`$0 start\` begins one."
  exec tail -n 100 -f "$data/kafka.log"
}

case ${1:-} in
  jars) fetch_jars ;;
  start | stop | log | run | with)
    # One spelling of the folder: the running broker is recognized by it.
    mkdir -p "$data"
    data=$(cd "$data" && pwd -P)
    "$@"
    ;;
  *) fail "usage: $0 jars|start|stop|log|run|with COMMAND..." 64 ;;
esac
