# Durable pushes in each of their ways, and PostgreSQL's raw inserts, in turns. Sourced by run.

# As inserts are measured everywhere: a table with a growing key, 800 bytes a row, one insert a transaction. The bytes are
# a parameter, as a program would send them; each commit is synced.
pgbench_prepare() {
    [ "$(psql -Atc 'SHOW fsync')" = on ] || { echo "run: the server in QM_POSTGRES does not sync" >&2; exit 1; }
    psql -qc 'CREATE TABLE bench (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)'
    echo 'INSERT INTO bench (body) VALUES (:body);' > "$state/insert.sql"
}
inserts() {
    pgbench -n -M prepared -D "body=$(printf '%0800d' 0)" -f "$state/insert.sql" "$@"
    # The server is to have nothing left to do while others are measured.
    psql -q -c 'TRUNCATE bench' -c CHECKPOINT
}
pgbench_per_s() { inserts -c 32 -j 2 -T 6 | awk '$1 == "tps" {printf "%.0f", $3}'; }
# One client's median: pgbench itself prints a mean.
pgbench_p50_us() {
    inserts -c 1 -j 1 -T 3 -l --log-prefix="$state/latencies" > /dev/null
    awk '{print $3}' "$state"/latencies.* | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
    rm "$state"/latencies.*
}

# Another suite with the same certificates: two copies of submission share a store in the server's database.
postgres_start() {
    mkdir "$state/postgres"
    cp -r "$state/pki" "$state/postgres/pki"
    (
        QM_POSTGRES= suite_configure "$state/postgres" "$bin" $((port + 20))
        sed -i '/^store: /d' "$suite_state/submission.yaml"
        suite_store submission >> "$suite_state/submission.yaml"
        sed -i "s|SubmissionService: .*|SubmissionService: [127.0.0.1:$((port + 22)), 127.0.0.1:$((port + 25))]|" \
            "$suite_state/gateway.yaml"
        suite_start
        QM_ADMIN_PORT=$((port + 1025)) "$bin/qm-submission" --config "$suite_state/submission.yaml" \
            --listen-port $((port + 25)) --ready-file "$suite_state/copy.ready" 2>> "$suite_state/copy.log" < /dev/null &
        echo $! > "$suite_state/copy.pid"
        suite_wait 60 "the second copy of submission does not answer" test -s "$suite_state/copy.ready"
    )
}
postgres_stop() {
    [ -e "$state/postgres" ] || return 0
    kill "$(cat "$state/postgres/copy.pid")" 2>/dev/null || true
    (suite_state=$state/postgres suite_stop)
    rm -rf "$state/postgres"
}

# push PORT [OPTIONS...], streams PORT CAMPAIGN [OPTIONS...]: the line of figures; a push that fails ends the measurement.
push() {
    local port=$1 line
    shift
    line=$("$bin/qm-benchmark" push --identity "$state/pki/reporter" --publisher "$state/pki/publisher" \
        --target "127.0.0.1:$port" --seconds "$seconds" "$@")
    all_accepted "$line"
}
streams() {
    local port=$1 campaign=$2 line
    shift 2
    line=$("$bin/qm-benchmark" streams --identity "$state/pki/reporter" --target "127.0.0.1:$port" \
        --campaign "$campaign" --seconds "$seconds" "$@")
    all_accepted "$line"
}
all_accepted() {
    [ "$(figure failures "$1")" = 0 ] || { echo "pushes failed: $1" >&2; return 1; }
    echo "$1"
}
# campaign PORT: publishes one of 100,000 units, and prints its code.
campaign() { "$bin/qm-benchmark" campaign --publisher "$state/pki/publisher" --target "127.0.0.1:$1"; }

# suite_cpu [NAME...]: ticks of these processes of the suite, or of all.
suite_cpu() {
    local name sum=0
    for name in "${@:-${suite_names[@]}}"; do sum=$((sum + $(cpu "$(cat "$state/$name.pid")"))); done
    echo "$sum"
}
# Waits until followers have done what the last pushes left them.
settle() {
    local before after
    after=$(suite_cpu)
    until [ -n "${before:-}" ] && [ $((after - before)) -le 2 ]; do
        before=$after
        sleep 0.5
        after=$(suite_cpu)
    done
}

measure_push() {
    local line pushes name base code
    local -A before
    pgbench_prepare
    postgres_start
    for _ in $(seq "$rounds"); do
        base=$(pgbench_per_s)
        note push.pgbench_per_s "$base"
        settle
        for name in "${suite_names[@]}"; do before[$name]=$(suite_cpu "$name"); done
        line=$(push "$port")
        pushes=$(figure calls "$line")
        for name in "${suite_names[@]}"; do
            note "push.cpu_us.$name" "$(per_call $(($(suite_cpu "$name") - before[$name])) "$pushes")"
        done
        note push.durable_per_s "$(figure rate "$line")"
        note push.p50_us "$(figure p50_us "$line")"
        note push.unary_ratio "$(ratio "$(figure rate "$line")" "$base")"
        code=$(campaign "$port")
        settle
        line=$(streams "$port" "$code")
        note push.stream_per_s "$(figure rate "$line")"
        note push.stream_ratio "$(ratio "$(figure rate "$line")" "$base")"
        code=$(campaign $((port + 20)))
        (state=$state/postgres settle)
        line=$(streams $((port + 20)) "$code")
        note push.postgres_per_s "$(figure rate "$line")"
        note push.postgres_ratio "$(ratio "$(figure rate "$line")" "$base")"
        (state=$state/postgres settle)
        line=$(push "$port" --connections 1 --inflight 1)
        base=$(pgbench_p50_us)
        note push.1x1.p50_us "$(figure p50_us "$line")"
        note push.pgbench_p50_us "$base"
        note push.1x1_ratio "$(ratio "$(figure p50_us "$line")" "$base")"
    done
    postgres_stop
}
