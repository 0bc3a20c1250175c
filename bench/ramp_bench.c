/* ramp-bench: every op on every backend, verified, then timed next to what the same memory allows. Start reading at main. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "case.h"
#include "compare.h"
#include "devices.h"
#include "lane.h"
#include "layout.h"
#include "memory.h"
#include "options.h"
#include "output.h"
#include "plan.h"
#include "plot.h"
#include "program.h"
#include "progress.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

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
    for (size_t i = 0, next; i < count; i = next) {
        const size_t best = devices_choose(list, count, i, &next);
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

static void empty_lanes(bench_session *s, bench_tile *tile) {
    for (size_t i = 0; i < s->lanes; i++) lane_empty(&s->lane[i]);
    inputs_free(tile);
}

static void run_cases(bench_session *s, const bench_options *o, const bench_case *cases, size_t count) {
    bench_tile tile = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        const bench_case *c = &cases[i];
        if (i == 0 || !plan_shares_buffers(c, &cases[i - 1])) {
            empty_lanes(s, &tile);
            tile = inputs_tile(c->dtype, c->shape->count, c->layout == LAYOUT_COLUMNS);
            for (size_t lane = 0; lane < s->lanes; lane++) lane_fill(s, lane, c, &tile, o->pass[PASS_BACKWARD]);
        }
        case_run(s, c, &tile, &o->rounds);
    }
    empty_lanes(s, &tile);
    progress_clear();
}

/* All bytes that will be timed: what the time left is guessed from. */
static double total_work(const bench_case *cases, size_t count) {
    double bytes = 0;
    for (size_t i = 0; i < count; i++) bytes += (double)bench_bytes(&cases[i]);
    return bytes;
}

/* What makes the times doubtful. */
static void note_clocks(bench_session *s) {
    for (size_t i = 0; i < s->lanes; i++) {
        const bench_lane *lane = &s->lane[i];
        const double difference = clocks_difference(&lane->check);
        char held[128];
        if (difference > bench_clock_tolerance)
            bench_note(s,
                       "%s: %d calls took %.2f ms by the device's clock and %.2f ms by the host's, %.0f %% apart: one of them is not to be "
                       "trusted",
                       lane->info.selector, lane->check.calls, lane->check.device_ms, lane->check.host_ms, difference * 100);
        if (clocks_held_back(&lane->clocks, held)[0] != '\0') bench_note(s, "%s was held back by: %s", lane->info.selector, held);
    }
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
        if (program_dtype_size(o->dtype[d]) > widest) widest = program_dtype_size(o->dtype[d]);
    o->shape = program_resize(NULL, 1, sizeof *o->shape);
    int wide = o->layout[LAYOUT_COLUMNS], saves_output = o->saved[RAMP_SAVED_OUTPUT];
    int tensors = 3 + wide + (saves_output ? 1 + wide : o->saved[RAMP_SAVED_MASK]) + o->layout[LAYOUT_ROWS]; /* masks and gaps need less */
    o->shape[o->shapes++] = memory_default_shape(s, widest, tensors, 1 + wide);
}

static int check_ops(const bench_session *s, const bench_options *o) {
    int code = -1;
    for (size_t i = 0; i < o->ops && code < 0; i++)
        code = choices_check_op(s->lane[0].device, &o->op[i].op, o->op[i].text, o->dtype, o->dtypes);
    return code;
}

/* ---- What becomes of the results ---- */

/* Everything that is written or read beside the measuring, opened before it, so that a name that is wrong costs nothing. */
typedef struct errands {
    output json, csv, markdown, plot;
    bench_records before, torch;
    int is_drawn;
} errands;

static int errands_open(errands *e, const bench_options *o) {
    int code = -1;
    *e = (errands){.before = {.count = 0}};
    if (o->plot != NULL) code = plot_check();
    if (code < 0 && o->compare != NULL) code = records_read("--compare", o->compare, &e->before);
    if (code < 0 && o->torch != NULL) code = records_read_torch("--torch", o->torch, &e->torch);
    if (code < 0) code = output_open(&e->json, "--json", o->json);
    if (code < 0) code = output_open(&e->csv, "--csv", o->csv);
    if (code < 0) code = output_open(&e->markdown, "--markdown", o->markdown);
    if (code < 0) code = output_open(&e->plot, "--plot", o->plot);
    return code;
}

/* `code` is what the run came to (-1: it did not run): that it failed is told also where all of this succeeds. */
static int errands_close(errands *e, int keep, int code) {
    code = output_close(&e->json, keep, code);
    code = output_close(&e->csv, keep, code);
    code = output_close(&e->markdown, keep, code);
    code = output_close(&e->plot, e->is_drawn, code);
    records_free(&e->before);
    records_free(&e->torch);
    return code;
}

static FILE *text_file(const errands *e) {
    return e->json.file == stdout || e->csv.file == stdout || e->markdown.file == stdout ? stderr : stdout;
}

static int errands_run(errands *e, const bench_options *o, const bench_records *r, int code) {
    size_t slower = 0;
    int failed = -1;
    if (e->csv.file != NULL) report_csv(r, e->csv.file);
    if (e->markdown.file != NULL) report_markdown(r, e->markdown.file);
    if (o->compare != NULL) failed = compare_print(&e->before, r, o->tolerance, text_file(e), &slower);
    if (failed < 0 && o->plot != NULL) failed = plot_draw(r, o->torch != NULL ? &e->torch : NULL, e->plot.file);
    e->is_drawn = failed < 0;
    if (failed < 0 && slower > 0 && o->must_hold) failed = exit_wrong;
    return failed >= 0 && code == exit_done ? failed : code;
}

static int reread(const bench_options *o) {
    bench_records r;
    errands e;
    int code = records_read("--read", o->read, &r);
    if (code >= 0) return code;
    code = errands_open(&e, o);
    if (code < 0) code = errands_run(&e, o, &r, exit_done);
    code = errands_close(&e, code != exit_usage && code != exit_absent, code);
    records_free(&r);
    return code;
}

static int measure(bench_session *s, bench_options *o) {
    errands e;
    int code = check_ops(s, o);
    if (code >= 0) return code;
    set_default_shape(s, o);
    size_t count;
    bench_case *cases = plan_new(s, o, &count);
    if (count == 0) {
        for (size_t i = 0; i < s->notes; i++) program_say("%s", s->note[i]);
        return program_usage("--op, --pass, --saved and --layout leave nothing to measure");
    }
    code = errands_open(&e, o);
    const int is_begun = code < 0;
    if (is_begun) {
        progress_begin(total_work(cases, count), s->quiet);
        run_cases(s, o, cases, count);
        note_clocks(s);
        if (e.json.file != NULL) report_json(s, e.json.file);
        report_text(s, text_file(&e));
        bench_records r = records_of_session(s);
        code = errands_run(&e, o, &r, exit_code(s));
        records_free(&r);
    }
    code = errands_close(&e, is_begun, code);
    free(cases);
    return code;
}

int main(int argc, char **argv) {
    static bench_session s;
    bench_options o;
    time_t now = time(NULL);
    program_begin("ramp-bench");
    strftime(s.date, sizeof s.date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    int code = options_parse(argc, argv, &o);
    if (code < 0 && o.list) {
        report_choices(stdout);
        code = exit_done;
    }
    s.quiet = o.quiet;
    s.rotate = o.rotate;
    if (code < 0 && o.read != NULL) code = reread(&o);
    if (code < 0) code = open_lanes(&s, &o);
    if (code < 0) code = measure(&s, &o);
    while (s.lanes > 0) lane_close(&s.lane[--s.lanes]);
    free(s.results.row);
    while (s.notes > 0) free(s.note[--s.notes]);
    free(s.note);
    options_free(&o);
    return program_finish(code);
}
