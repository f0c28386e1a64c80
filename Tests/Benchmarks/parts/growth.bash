# What a push costs when very many reports are stored, and what such a store costs its program. Sourced by run, after
# push.bash.

growth_reports=${QM_REPORTS:-1000000}
# A campaign has so many units, and one report of each; then comes the next.
growth_units=100000
# So many of a campaign are there when a push's cost is measured, few or many stored before: of the first units each changes
# pages of its own, since unit-7 and unit-8 lie far apart; of those behind, ten after each other are neighbours.
growth_begun=10000
growth_campaign=
growth_published=0
growth_stored=0

growth_publish_when_full() {
    [ "$growth_stored" = "$growth_published" ] || return 0
    growth_campaign=$(campaign "$port")
    growth_published=$((growth_published + growth_units))
}
# growth_push COUNT: stores so many more reports.
growth_push() {
    local left=$1 now room
    while [ "$left" -gt 0 ]; do
        growth_publish_when_full
        room=$((growth_published - growth_stored))
        now=$((left < room ? left : room))
        streams "$port" "$growth_campaign" --first $((growth_stored % growth_units)) --reports "$now" > /dev/null
        growth_stored=$((growth_stored + now))
        left=$((left - now))
    done
}
# growth_cost NAME: the CPU of those who store something for each report, until all of it is done.
growth_cost() {
    local before
    growth_publish_when_full
    for _ in $(seq "$rounds"); do
        settle
        before=$(suite_cpu submission statistics notification)
        growth_push 8000
        settle
        note "$1" "$(per_call $(($(suite_cpu submission statistics notification) - before)) 8000)"
    done
}

measure_growth() {
    local begin
    growth_push $growth_begun
    growth_cost push.cost_small_us
    growth_push $((growth_reports + growth_begun - growth_stored))
    growth_cost push.cost_grown_us
    note push.growth_ratio "$(ratio "$(median push.cost_grown_us)" "$(median push.cost_small_us)")"
    note submission.resident_mb "$(awk '/^VmRSS/ {printf "%.0f", $2 / 1024}' "/proc/$(cat "$state/submission.pid")/status")"
    kill -TERM "$(cat "$state/submission.pid")"
    suite_wait 60 "submission does not stop" suite_is_stopped submission
    begin=$EPOCHREALTIME
    suite_start_service submission
    note submission.restart_s "$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.2f", b - a}')"
}
