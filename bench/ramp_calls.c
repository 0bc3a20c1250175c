/* ramp-calls: what a call costs the host where there is nothing to compute, and what the first one costs. Start reading at main. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "calls_parts.h"
#include "calls_report.h"
#include "devices.h"
#include "output.h"
#include "program.h"
#include "progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* ---- The devices ---- */

/* `source`: where the selector is from, for errors; named: what it names must start. */
static int add_lanes(calls_session *s, const char *source, const char *selector, int is_named) {
    ramp_device_info *list;
    size_t count, next;
    const ramp_status status = program_devices(selector, &list, &count);
    if (status != RAMP_OK) {
        program_say("%s%s", source, ramp_last_error());
        return program_exit_code(status);
    }
    int code = -1;
    for (size_t i = 0; i < count; i = next) {
        const ramp_device_info *best = &list[devices_choose(list, count, i, &next)];
        if (best->status == RAMP_OK && s->lanes < bench_max_lanes)
            s->lane[s->lanes++].info = *best;
        else if (best->status != RAMP_OK && is_named)
            program_say("%s%s", source, best->reason), code = program_exit_code(best->status);
    }
    free(list);
    return code;
}

static int find_devices(calls_session *s, const calls_options *o) {
    const char *variable = getenv("RAMP_BACKEND");
    int code = -1;
    for (size_t i = 0; i < o->backends && code < 0; i++) {
        char source[128];
        snprintf(source, sizeof source, "--backend %.100s: ", o->backend[i]);
        code = add_lanes(s, source, o->backend[i], 1);
    }
    const int is_set = variable != NULL && *variable != '\0';
    if (o->backends == 0) code = add_lanes(s, is_set ? "RAMP_BACKEND: " : "", is_set ? variable : NULL, 0);
    if (code >= 0 || s->lanes > 0) return code;
    program_say("no backend can start here; ramp-info says more");
    return exit_absent;
}

/* ---- First calls ---- */

/* Cold: each process has a folder of its own, which is empty. */
static void run_cold(calls_lane *lane, const calls_options *o) {
    for (int i = 0; i < o->starts; i++) {
        char folder[64];
        if (calls_folder_new(folder) != 0) {
            program_say("no folder for an empty cache could be made in TMPDIR: first calls are not measured");
            return;
        }
        const int code = calls_child_run(lane, o, PART_FIRST, START_COLD, folder);
        calls_folder_remove(folder);
        if (code != 0) return; /* it would fail again, or hang as long */
    }
}

/* One process fills the folder for the others. */
static void run_warm(calls_lane *lane, const calls_options *o, calls_start start) {
    char folder[64];
    if (calls_folder_new(folder) != 0) return;
    if (calls_child_fill(lane, o, start, folder) == 0)
        for (int i = 0; i < o->starts; i++)
            if (calls_child_run(lane, o, PART_FIRST, start, folder) != 0) break;
    calls_folder_remove(folder);
}

static void run_first(calls_lane *lane, const calls_options *o) {
    run_cold(lane, o);
    for (int i = 0; i < o->starts && strcmp(lane->info.backend, "cuda") == 0; i++)
        if (calls_child_run(lane, o, PART_FIRST, START_CONTEXT, NULL) != 0 || calls_child_run(lane, o, PART_FIRST, START_INSIDE, NULL) != 0)
            break;
    if (strcmp(lane->info.backend, "opencl") == 0) run_warm(lane, o, START_WARM);
    run_warm(lane, o, START_PREPARED);
}

/* ---- All of it ---- */

static int is_meant_for(const calls_lane *lane, calls_part part) { return part != PART_GRAPH || strcmp(lane->info.backend, "cuda") == 0; }

static void run_parts(calls_session *s, const calls_options *o) {
    double parts = 0;
    for (int part = 0; part < calls_parts; part++) parts += o->part[part];
    progress_begin(parts * (double)s->lanes, o->quiet);
    for (size_t i = 0; i < s->lanes; i++)
        for (int part = 0; part < calls_parts; part++) {
            calls_lane *lane = &s->lane[i];
            if (!o->part[part]) continue;
            progress_show("%s, %s", lane->info.selector, calls_part_names[part]);
            if (part == PART_FIRST)
                run_first(lane, o);
            else if (is_meant_for(lane, (calls_part)part))
                calls_child_run(lane, o, (calls_part)part, START_COLD, NULL);
            progress_add(1);
        }
    progress_clear();
}

static int exit_code(const calls_session *s, const calls_options *o) {
    size_t failures = 0, gaps = 0, missed = 0;
    for (size_t i = 0; i < s->lanes; i++) {
        gaps += s->lane[i].gaps;
        for (size_t g = 0; g < s->lane[i].gaps; g++) failures += s->lane[i].gap[g].is_failure != 0;
    }
    for (size_t i = 0; i < s->rows.count; i++) missed += calls_judge(&s->rows.row[i]) == VERDICT_MISSED;
    return failures > 0 || (o->must_hold && (missed > 0 || gaps > 0)) ? exit_wrong : exit_done;
}

static int measure(calls_session *s, const calls_options *o) {
    output file;
    int code = output_open(&file, "--json", o->json);
    if (code >= 0) return output_close(&file, 0, code);
    run_parts(s, o);
    s->rows = calls_rows_of(s->lane, s->lanes, o);
    if (file.file != NULL) calls_report_json(s, file.file);
    calls_report_text(s, file.file == stdout ? stderr : stdout);
    return output_close(&file, 1, exit_code(s, o));
}

int main(int argc, char **argv) {
    static calls_session s;
    calls_options o;
    const time_t now = time(NULL);
    program_begin("ramp-calls");
    calls_environment_keep();
    strftime(s.date, sizeof s.date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    int code = calls_options_parse(argc, argv, &o);
    s.options = &o;
    if (code < 0 && o.is_child) code = calls_part_run(&o);
    if (code < 0 && o.list) {
        devices_print(stdout);
        code = exit_done;
    }
    if (code < 0) code = find_devices(&s, &o);
    if (code < 0) code = measure(&s, &o);
    while (s.lanes > 0) calls_lane_free(&s.lane[--s.lanes]);
    free(s.rows.row);
    calls_options_free(&o);
    calls_environment_free();
    return program_finish(code);
}
