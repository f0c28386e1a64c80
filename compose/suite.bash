# How the five processes are configured, started and stopped on this machine. Sourced by up, down, demo; not run.
#
# All that a suite owns lies in its state directory: certificates (pki/), configuration (NAME.yaml), databases
# (NAME.db), logs (NAME.log), and while it runs, NAME.pid and NAME.ready. Under compose/with-postgres the databases of
# registry, submission and notification are on that server instead, and NAME.key signs the journals.

# In this order each finds those it follows already there: the gateway, which all dial, then registry, then submission.
suite_names=(gateway registry submission statistics notification)
suite_domain=quality.example
# Who may call what. The suite's own, unless a script sets another.
suite_policy=$(realpath "${BASH_SOURCE[0]%/*}/policy.yaml")

# A decoded form is a few dozen strings of one size, freed together: let glibc keep them at hand (by default it keeps 7).
export GLIBC_TUNABLES=${GLIBC_TUNABLES:-glibc.malloc.tcache_count=512}

suite_fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# suite_service NAME, suite_organisation CODE ROLE NAME: a certificate in pki/NAME, with its key and the authority's.
suite_service() {
    [ -e "$suite_state/pki/$1/cert.pem" ] ||
        "$suite_bin/qmctl" pki issue --directory "$suite_state/pki" --service "$1" --output "$suite_state/pki/$1" >/dev/null
}

suite_organisation() {
    [ -e "$suite_state/pki/$3/cert.pem" ] ||
        "$suite_bin/qmctl" pki issue --directory "$suite_state/pki" --organisation "$1" --role "$2" \
            --output "$suite_state/pki/$3" >/dev/null
}

# suite_configure STATE BIN PORT: makes what is missing in STATE for executables in BIN and ports from PORT up.
suite_configure() {
    suite_state=$1 suite_bin=$2 suite_port=$3
    mkdir -p "$suite_state"
    [ -e "$suite_state/pki/ca.pem" ] ||
        "$suite_bin/qmctl" pki init --directory "$suite_state/pki" --domain "$suite_domain" >/dev/null
    local name index=0
    for name in "${suite_names[@]}"; do
        suite_service "$name"
        suite_write_configuration "$name" $((suite_port + index))
        index=$((index + 1))
    done
    export QM_GATEWAY=127.0.0.1:$suite_port
}

suite_write_configuration() {
    local name=$1 port=$2 identity=$suite_state/pki/$1
    {
        echo "listen: {host: 127.0.0.1, port: $port}"
        # Metrics and the status page: 1000 above the port for calls.
        echo "admin: {port: $((port + 1000))}"
        echo "tls: {certificate: $identity/cert.pem, key: $identity/key.pem, authority: $identity/ca.pem}"
        if [ "$name" = gateway ]; then
            echo "policy: $suite_policy"
            echo "routes:"
            echo "  quality.registry.v1.RegistryService: [127.0.0.1:$((suite_port + 1))]"
            echo "  quality.submission.v1.SubmissionService: [127.0.0.1:$((suite_port + 2))]"
            echo "  quality.statistics.v1.StatisticsService: [127.0.0.1:$((suite_port + 3))]"
            echo "  quality.notification.v1.NotificationService: [127.0.0.1:$((suite_port + 4))]"
        else
            echo "gateway: {host: 127.0.0.1, port: $suite_port}"
            suite_store "$name"
        fi
    } >"$suite_state/$name.yaml"
}

# suite_store NAME: the configuration of its store, which is made if it is a database.
suite_store() {
    if [ -z "${QM_POSTGRES:-}" ] || [ "$1" = statistics ]; then
        echo "store: {path: $suite_state/$1.db}"
        return
    fi
    local database=quality_$1
    psql -d postgres -tAc "SELECT 1 FROM pg_database WHERE datname = '$database'" | grep -q 1 ||
        psql -q -d postgres -c "CREATE DATABASE $database TEMPLATE template0" >&2
    echo "store: {url: \"${QM_POSTGRES/\/postgres\?//$database?}\", signingKey: $suite_state/$1.key}"
}

# suite_start [INSTANT]: starts all five and returns when each answers. With an instant their clocks begin there.
suite_start() {
    local name
    for name in "${suite_names[@]}"; do suite_start_service "$name" "$@"; done
}

# suite_start_service NAME [INSTANT]: the same for one of them.
suite_start_service() {
    local name=$1
    suite_is_running "$name" && suite_fail "$name runs already (process $(cat "$suite_state/$name.pid")): compose/down stops it"
    rm -f "$suite_state/$name.ready"
    "$suite_bin/qm-$name" --config "$suite_state/$name.yaml" --ready-file "$suite_state/$name.ready" \
        ${2:+--set "rehearsal.clockStartsAt=$2"} >>"$suite_state/$name.log" 2>&1 </dev/null &
    echo $! >"$suite_state/$name.pid"
    suite_wait 300 "$name does not answer" test -s "$suite_state/$name.ready" || {
        tail -n 5 "$suite_state/$name.log" >&2
        suite_fail "$name did not start; its log is $suite_state/$name.log"
    }
}

# suite_wait SECONDS COMPLAINT COMMAND...: until the command succeeds.
suite_wait() {
    local end=$((SECONDS + $1)) complaint=$2
    shift 2
    until "$@"; do
        if [ "$SECONDS" -ge "$end" ]; then
            echo "$(basename "$0"): $complaint" >&2
            return 1
        fi
        sleep 0.05
    done
}

# Whether the process of that name in its pid file is one of ours and lives.
suite_is_running() {
    local pid
    pid=$(cat "$suite_state/$1.pid" 2>/dev/null) || return 1
    [ "$(basename "$(readlink "/proc/$pid/exe" 2>/dev/null)")" = "qm-$1" ]
}

suite_is_stopped() { ! suite_is_running "$1"; }

# suite_stop: asks all to stop, the gateway last, and returns when they have.
suite_stop() {
    local name index
    for ((index = ${#suite_names[@]} - 1; index >= 0; index--)); do
        name=${suite_names[index]}
        suite_is_running "$name" && kill -TERM "$(cat "$suite_state/$name.pid")" 2>/dev/null
    done
    for name in "${suite_names[@]}"; do
        suite_wait 60 "$name does not stop: killing it" suite_is_stopped "$name" ||
            kill -KILL "$(cat "$suite_state/$name.pid")" 2>/dev/null || true
        rm -f "$suite_state/$name.pid" "$suite_state/$name.ready"
    done
}
