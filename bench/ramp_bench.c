/* ramp-bench: every op on every backend, verified, then timed next to what the same memory allows. Start reading at main. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "case.h"
#include "lane.h"
#include "memory.h"
#include "options.h"
#include "program.h"
#include "progress.h"
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void bench_note(bench_session *s, const char *format, ...) {
    s->note = program_resize(s->note, s->notes + 1, sizeof *s->note);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->note[s->notes++], sizeof s->note[0], format, arguments);
    va_end(arguments);
}

/* ---- The devices ---- */

/* What was named on the command line must start. */
static int open_named(bench_session *s, const bench_options *o) {
    for (size_t i = 0; i < o->backends; i++) {
        ramp_status status = lane_open(s, o->backend[i]);
        if (status == RAMP_OK) continue;
        program_say("--backend %s: %s", o->backend[i], ramp_last_error());
        return program_exit_code(status);
    }
    return -1;
}

/* One device of each backend: its first GPU, else its first. What cannot start is a note. `selector` NULL: every backend. */
static int open_found(bench_session *s, const char *selector) {
    ramp_device_info *list;
    size_t count;
    ramp_status status = program_devices(selector, &list, &count);
    if (status != RAMP_OK) {
        program_say("%s%s", selector != NULL ? "RAMP_BACKEND: " : "", ramp_last_error());
        return program_exit_code(status);
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(list[i].backend, list[i - 1].backend) == 0) continue; /* a backend's devices stand together */
        size_t best = i;
        for (size_t k = i; k < count && strcmp(list[k].backend, list[i].backend) == 0; k++) {
            int gain = (list[k].status == RAMP_OK) * 2 + (list[k].type == RAMP_DEVICE_GPU);
            if (gain > (list[best].status == RAMP_OK) * 2 + (list[best].type == RAMP_DEVICE_GPU)) best = k;
        }
        if (list[best].status != RAMP_OK)
            bench_note(s, "%s is left out: %.200s", list[best].selector, list[best].reason);
        else if (s->lanes < bench_max_lanes && lane_open(s, list[best].selector) != RAMP_OK)
            bench_note(s, "%s is left out: %.200s", list[best].selector, ramp_last_error());
    }
    free(list);
    if (s->lanes > 0) return -1;
    program_say("no backend can start here%s; ramp-info says more", selector != NULL ? " among those that RAMP_BACKEND names" : "");
    for (size_t i = 0; i < s->notes; i++) program_say("%s", s->note[i]);
    return exit_absent;
}

static int open_lanes(bench_session *s, const bench_options *o) {
    if (o->backends > 0) return open_named(s, o);
    const char *variable = getenv("RAMP_BACKEND");
    return open_found(s, variable != NULL && *variable != '\0' ? variable : NULL);
}

/* ---- The cases ---- */

static void run_cases(bench_session *s, const bench_options *o, bench_case *cases) {
    size_t next = 0;
    for (size_t sh = 0; sh < o->shapes; sh++)
        for (size_t d = 0; d < o->dtypes; d++) {
            bench_tile tile = inputs_tile(o->dtype[d], o->shape[sh].count);
            for (size_t i = 0; i < s->lanes; i++) lane_fill(s, i, &o->shape[sh], &tile, o->pass[BENCH_BACKWARD]);
            for (size_t i = 0; i < o->ops; i++)
                for (int pass = 0; pass < BENCH_PASSES; pass++) {
                    if (!o->pass[pass]) continue;
                    bench_case *c = &cases[next++];
                    *c = (bench_case){.op = o->op[i].op, .pass = (bench_pass)pass, .dtype = o->dtype[d], .shape = &o->shape[sh]};
                    memcpy(c->op_text, o->op[i].text, sizeof c->op_text);
                    case_run(s, c, &tile, o->runs);
                }
            for (size_t i = 0; i < s->lanes; i++) lane_empty(&s->lane[i]);
            inputs_free(&tile);
        }
    progress_clear();
}

/* All bytes that will be timed: what the time left is guessed from. */
static double total_work(const bench_session *s, const bench_options *o) {
    double bytes = 0;
    for (size_t sh = 0; sh < o->shapes; sh++)
        for (size_t d = 0; d < o->dtypes; d++)
            for (int pass = 0; pass < BENCH_PASSES; pass++) {
                bench_case c = {.pass = (bench_pass)pass, .dtype = o->dtype[d], .shape = &o->shape[sh]};
                if (o->pass[pass]) bytes += (double)bench_bytes(&c) * (double)o->ops;
            }
    return bytes * (double)s->lanes * (o->runs + 1);
}

static int exit_code(const bench_session *s) {
    size_t measured = 0;
    for (size_t i = 0; i < s->results.count; i++) {
        if (s->results.row[i].state == BENCH_WRONG || s->results.row[i].state == BENCH_FAILED) return exit_wrong;
        measured += s->results.row[i].state == BENCH_MEASURED;
    }
    if (measured > 0) return exit_done;
    program_say("nothing could be measured: the table says why; a smaller --shape may fit");
    return exit_absent;
}

static void set_default_shape(bench_session *s, bench_options *o) {
    if (o->shapes > 0) return;
    size_t widest = 0;
    for (size_t d = 0; d < o->dtypes; d++)
        if (bench_dtype_size(o->dtype[d]) > widest) widest = bench_dtype_size(o->dtype[d]);
    o->shape = program_resize(NULL, 1, sizeof *o->shape);
    o->shape[o->shapes++] = memory_default_shape(s, widest);
}

static int measure(bench_session *s, bench_options *o, FILE *json_out) {
    set_default_shape(s, o);
    bench_case *cases = program_resize(NULL, o->shapes * o->dtypes * o->ops * BENCH_PASSES, sizeof *cases);
    progress_begin(total_work(s, o), s->quiet);
    run_cases(s, o, cases);
    if (json_out != NULL) report_json(s, json_out);
    report_text(s, json_out == stdout ? stderr : stdout);
    free(cases);
    return exit_code(s);
}

/* Opened before anything is measured: a wrong name should not cost the results. */
static int open_json(const char *name, FILE **file) {
    *file = NULL;
    if (name == NULL) return -1;
    *file = strcmp(name, "-") == 0 ? stdout : fopen(name, "w");
    return *file != NULL ? -1 : program_usage("--json %s: it cannot be written: %s", name, strerror(errno));
}

static int close_json(const char *name, FILE *file, int code) {
    if (file == NULL || file == stdout) return code;
    int failed = ferror(file);
    if (fclose(file) == 0 && !failed) return code;
    program_say("--json %s could not be written in full: %s", name, strerror(errno));
    return exit_wrong;
}

int main(int argc, char **argv) {
    static bench_session s;
    bench_options o;
    FILE *json_out = NULL;
    time_t now = time(NULL);
    program_begin("ramp-bench");
    strftime(s.date, sizeof s.date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    int code = options_parse(argc, argv, &o);
    if (code < 0 && o.list) {
        report_choices(stdout);
        code = exit_done;
    }
    s.quiet = o.quiet;
    if (code < 0) code = open_lanes(&s, &o);
    if (code < 0) code = open_json(o.json, &json_out);
    if (code < 0) code = close_json(o.json, json_out, measure(&s, &o, json_out));
    while (s.lanes > 0) lane_close(&s.lane[--s.lanes]);
    free(s.results.row);
    free(s.note);
    options_free(&o);
    return program_finish(code);
}
