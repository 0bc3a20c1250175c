/* ramp-check: every op on every device, against the oracle and against the CPU's bits. Start reading at main. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "ahead.h"
#include "judge.h"
#include "lane.h"
#include "options.h"
#include "output.h"
#include "parallel.h"
#include "plan.h"
#include "program.h"
#include "progress.h"
#include "prove.h"
#include "reference.h"
#include "report.h"

#include <ramp/backend.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void check_note(check_session *s, const char *format, ...) {
    s->note = program_resize(s->note, s->notes + 1, sizeof *s->note);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->note[s->notes++], sizeof s->note[0], format, arguments);
    va_end(arguments);
}

/* A row that no lane but the CPU's was skipped on is held; one that the CPU's was is skipped. */
check_state check_row_state(const check_session *s, const check_row *row) {
    check_state state = row->lane[0].state;
    for (size_t i = 1; i < s->lanes && state != CHECK_FAILED; i++)
        if (row->lane[i].state == CHECK_FAILED || (row->lane[i].state == CHECK_WRONG && state != CHECK_WRONG)) state = row->lane[i].state;
    return state;
}

/* ---- The devices ---- */

static int has_lane(const check_session *s, const char *selector) {
    for (size_t i = 0; i < s->lanes; i++)
        if (strcmp(s->lane[i].info.selector, selector) == 0) return 1;
    return 0;
}

/* A device that is a lane already is none again: two selectors may mean one, and the CPU always is. */
static ramp_status add_lane(check_session *s, const char *selector) {
    check_lane *lane = &s->lane[s->lanes];
    if (s->lanes == check_max_lanes) return ramp_error_set(RAMP_ERROR_ARGUMENT, "more than %d devices", (int)check_max_lanes);
    ramp_status status = lane_open(lane, selector);
    if (status != RAMP_OK) return status;
    if (has_lane(s, lane->info.selector))
        lane_close(lane);
    else
        s->lanes++;
    return RAMP_OK;
}

/* Every device that is ready. What cannot start is a note. `selector` NULL: of every backend. */
static int open_found(check_session *s, const char *selector) {
    ramp_device_info *list;
    size_t count, ready = 0;
    ramp_status status = program_devices(selector, &list, &count);
    if (status != RAMP_OK) {
        program_say("%s%s", selector != NULL ? "RAMP_BACKEND: " : "", ramp_last_error());
        return program_exit_code(status);
    }
    for (size_t i = 0; i < count; i++) {
        if (list[i].status != RAMP_OK)
            check_note(s, "%s is left out: %.200s", list[i].selector, list[i].reason);
        else if (add_lane(s, list[i].selector) != RAMP_OK)
            check_note(s, "%s is left out: %.200s", list[i].selector, ramp_last_error());
        else
            ready++;
    }
    free(list);
    if (ready > 0) return -1;
    program_say("nothing can start here%s; ramp-info says more", selector != NULL ? " of what RAMP_BACKEND names" : "");
    for (size_t i = 0; i < s->notes; i++) program_say("%s", s->note[i]);
    return exit_absent;
}

static int open_lanes(check_session *s, const check_options *o) {
    const char *variable = getenv("RAMP_BACKEND");
    if (add_lane(s, "cpu") != RAMP_OK) {
        program_say("the CPU backend, which all others are held against, cannot start: %s", ramp_last_error());
        return exit_absent;
    }
    if (o->backends == 0) return open_found(s, variable != NULL && *variable != '\0' ? variable : NULL);
    for (size_t i = 0; i < o->backends; i++) {
        ramp_status status = add_lane(s, o->backend[i]);
        if (status == RAMP_OK) continue;
        program_say("--backend %s: %s", o->backend[i], ramp_last_error());
        return program_exit_code(status);
    }
    return -1;
}

/* ---- The subjects ---- */

static check_subject *add_subject(check_session *s, size_t entry, const ramp_op *op, ramp_dtype dtype, check_pass pass, int is_mixed) {
    ramp_op plain = ramp_op_default(op->id);
    char text[128];
    s->subject = program_resize(s->subject, s->subjects + 1, sizeof *s->subject);
    check_subject *what = &s->subject[s->subjects++];
    *what = (check_subject){.op = *op, .entry = entry, .dtype = dtype, .pass = pass, .is_mixed = is_mixed};
    if (ramp_op_format(op, what->text, sizeof what->text) != RAMP_OK) snprintf(what->text, sizeof what->text, "op %d", (int)op->id);
    what->is_default = ramp_op_format(&plain, text, sizeof text) == RAMP_OK && strcmp(text, what->text) == 0;
    what->is_thorough = what->is_default || strchr(s->entry[entry].text, ':') != NULL;
    return what;
}

/* Both kinds of dy for the backward pass. */
static void add_set(check_session *s, size_t entry, const ramp_op *op, ramp_dtype dtype, check_pass pass) {
    double seconds = 0;
    if (!pass_is_of(pass, op, dtype)) return;
    for (int is_mixed = 0; is_mixed <= pass_is_backward(pass); is_mixed++) {
        check_subject *what = add_subject(s, entry, op, dtype, pass, is_mixed);
        if (seconds == 0) seconds = judge_cost(what) + 2e-8;                             /* the rest of the work */
        what->seconds = dtype == RAMP_F16 || dtype == RAMP_BF16 ? seconds / 8 : seconds; /* few of these are judged */
    }
}

/* A listed set may be outside the op's limit in this dtype: then it is no subject. */
static void add_sets(check_session *s, size_t entry, ramp_dtype dtype, check_pass pass) {
    ramp_op op;
    if (ramp_op_parse(s->entry[entry].text, &op) != RAMP_OK) return; /* it did once */
    if (strchr(s->entry[entry].text, ':') != NULL) {
        add_set(s, entry, &op, dtype, pass);
        return;
    }
    for (size_t i = 0; reference_set(op.id, i, &op); i++)
        if (ramp_device_supports(s->lane[0].device, &op, dtype) != RAMP_ERROR_ARGUMENT) add_set(s, entry, &op, dtype, pass);
}

/* The sets of an entry with no parameters of its own are listed for a dtype or not: nobody asked for one of them. */
static int check_ops(const check_session *s, const check_options *o) {
    int code = -1;
    for (size_t i = 0; i < o->ops && code < 0; i++) {
        ramp_op op;
        if (strchr(o->op[i], ':') != NULL && ramp_op_parse(o->op[i], &op) == RAMP_OK)
            code = choices_check_op(s->lane[0].device, &op, o->op[i], o->dtype, o->dtypes);
    }
    return code;
}

static void add_subjects(check_session *s, const check_options *o) {
    s->entry = program_resize(NULL, o->ops, sizeof *s->entry);
    for (size_t i = 0; i < o->ops; i++) snprintf(s->entry[s->entries++].text, sizeof s->entry[0].text, "%s", o->op[i]);
    for (size_t i = 0; i < s->entries; i++)
        for (size_t d = 0; d < o->dtypes; d++)
            for (int pass = 0; pass < check_passes; pass++)
                if (o->pass[pass]) add_sets(s, i, o->dtype[d], (check_pass)pass);
}

/* ---- The run ---- */

static int is_same_group(const check_subject *a, const check_subject *b) {
    return a->entry == b->entry && a->dtype == b->dtype && a->pass == b->pass;
}

static void run(check_session *s, FILE *out) {
    double total = 0, begun = progress_clock();
    s->row = program_resize(NULL, s->subjects, sizeof *s->row);
    memset(s->row, 0, s->subjects * sizeof *s->row);
    for (size_t i = 0; i < s->subjects; i++) {
        s->row[i].what = &s->subject[i];
        total += plan_size(s, &s->subject[i]) * s->subject[i].seconds;
    }
    progress_begin(total, s->quiet);
    if (!s->quiet && s->is_full)
        fprintf(stderr, "ramp-check: --full takes about %.0f minutes here, if the other devices are as fast as the reference\n",
                total / s->workers / 60 + 1);
    report_begin(s, out);
    ahead_begin(s);
    for (size_t from = 0, to; from < s->subjects; from = to) {
        for (to = from; to < s->subjects && is_same_group(&s->subject[from], &s->subject[to]); to++) prove(s, &s->row[to]);
        progress_clear();
        report_group(s, from, to, out);
    }
    ahead_end();
    s->seconds = progress_clock() - begun;
    report_end(s, out);
}

static int exit_code(const check_session *s) {
    size_t checked = 0;
    for (size_t i = 0; i < s->subjects; i++) {
        check_state state = check_row_state(s, &s->row[i]);
        if (state == CHECK_WRONG || state == CHECK_FAILED) return exit_wrong;
        checked += state == CHECK_HELD;
    }
    if (checked > 0) return exit_done;
    program_say("nothing could be checked");
    return exit_absent;
}

static int check(check_session *s, const check_options *o) {
    output json;
    int code = check_ops(s, o);
    if (code < 0) {
        add_subjects(s, o);
        if (s->subjects == 0)
            code = program_usage(
                "--pass: no op of these saves what it needs, in these dtypes at these parameters; ramp.h says what each saves");
    }
    if (code < 0) code = output_open(&json, "--json", o->json);
    if (code >= 0) return code;
    run(s, json.file == stdout ? stderr : stdout);
    if (json.file != NULL) report_json(s, json.file);
    return output_close(&json, 1, exit_code(s));
}

int main(int argc, char **argv) {
    static check_session s;
    check_options o;
    time_t now = time(NULL);
    program_begin("ramp-check");
    strftime(s.date, sizeof s.date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    s.workers = parallel_workers();
    int code = options_parse(argc, argv, &o);
    if (code < 0 && o.list) {
        report_choices(stdout);
        code = exit_done;
    }
    s.is_full = o.full;
    s.quiet = o.quiet;
    if (code < 0) code = open_lanes(&s, &o);
    if (code < 0) code = check(&s, &o);
    while (s.lanes > 0) lane_close(&s.lane[--s.lanes]);
    free(s.row);
    free(s.subject);
    free(s.entry);
    free(s.note);
    options_free(&o);
    return program_finish(code);
}
