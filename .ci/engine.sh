# Sourced. Gives this shell a container engine when none answers: Debian's, on data and a socket of its own, without a
# touch of the host's firewall, bound to 127.0.0.1, ended with the shell. Sets ENGINE_PID and ENGINE_DIR.

engine_answers() { docker info >/dev/null 2>&1; }

bring_engine() {
  # Containers that talk to each other and to 127.0.0.1 are all that the specs need; the clean-up container that
  # testcontainers would pull is replaced by clean-up of our own.
  export TESTCONTAINERS_RYUK_DISABLED=true
  engine_answers && return 0
  if [ "$(id -u)" != 0 ]; then
    echo "no container engine answers, and starting one takes root: start Docker and run this again" >&2
    return 1
  fi
  ENGINE_DIR=$(mktemp -d /tmp/fleet-reloader-engine.XXXXXX)
  export DOCKER_HOST=unix://$ENGINE_DIR/socket TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1
  local leash=()
  command -v setpriv >/dev/null && leash=(setpriv --pdeathsig TERM) # even when this shell is killed outright
  setsid "${leash[@]}" dockerd --host "$DOCKER_HOST" --data-root "$ENGINE_DIR/data" --exec-root "$ENGINE_DIR/exec" \
    --pidfile "$ENGINE_DIR/pid" --iptables=false --ip6tables=false --ip-forward=false --ip 127.0.0.1 \
    >"$ENGINE_DIR/log" 2>&1 </dev/null &
  ENGINE_PID=$!
  local tries=300
  until engine_answers; do
    if ! kill -0 "$ENGINE_PID" 2>/dev/null || [ $((tries -= 1)) -le 0 ]; then
      echo "the container engine did not start:" >&2
      tail -n 5 "$ENGINE_DIR/log" >&2
      return 1
    fi
    sleep 0.1
  done
}

end_engine() {
  [ -n "${ENGINE_PID:-}" ] || return 0
  local left
  left=$(docker ps -aq 2>/dev/null) && [ -z "$left" ] || docker rm -f -v $left >/dev/null 2>&1
  kill "$ENGINE_PID" 2>/dev/null
  wait "$ENGINE_PID" 2>/dev/null
  umount "$ENGINE_DIR"/exec/netns/* 2>/dev/null # left behind by the engine
  rm -rf "$ENGINE_DIR"
  ENGINE_PID=
}
