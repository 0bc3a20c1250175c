#include "bits.h"
#include "devices.h"
#include "json.h"
#include "judge.h"
#include "plan.h"
#include "program.h"
#include "report.h"

static const char *const state_name[] = {"held", "wrong", "skipped", "failed"};

static int digits(ramp_dtype dtype) { return dtype == RAMP_F64 ? 17 : 9; }

static void write_devices(json *j, const check_session *s) {
    json_open(j, "devices", '[');
    for (size_t i = 0; i < s->lanes; i++) {
        json_open(j, NULL, '{');
        devices_json(j, &s->lane[i].info);
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* A number, and its pattern: NaN and infinity are no numbers in JSON. */
static void write_number(json *j, const char *key, ramp_dtype dtype, double value) {
    char name[32], pattern[24];
    json_number(j, key, digits(dtype), value);
    snprintf(name, sizeof name, "%s_bits", key);
    snprintf(pattern, sizeof pattern, "0x%0*llx", (int)(2 * bits_size(dtype)), (unsigned long long)bits_of(dtype, value));
    json_text(j, name, pattern);
}

static void write_outcome(json *j, const check_session *s, const check_row *row, size_t lane) {
    const check_outcome *o = &row->lane[lane];
    ramp_dtype dtype = row->what->dtype;
    json_open(j, NULL, '{');
    json_text(j, "device", s->lane[lane].info.selector);
    json_text(j, "state", state_name[o->state]);
    if (o->state == CHECK_HELD || o->state == CHECK_WRONG) {
        json_count(j, "differing", o->differing);
        json_count(j, "wrong", o->wrong);
    }
    if (o->state != CHECK_HELD) json_text(j, "reason", o->reason);
    if (o->state == CHECK_WRONG) {
        write_number(j, "x", dtype, o->first.x);
        if (row->what->pass == PASS_BACKWARD_OUTPUT) write_number(j, "y", dtype, o->first.y);
        if (pass_is_backward(row->what->pass)) write_number(j, "dy", dtype, o->first.dy);
        write_number(j, "want", dtype, o->first.want);
        write_number(j, "got", dtype, o->first.got);
    }
    json_close(j, '}');
}

static void write_row(json *j, const check_session *s, const check_row *row) {
    const check_subject *what = row->what;
    int is_backward = pass_is_backward(what->pass), is_checked = row->inputs > 0;
    json_open(j, NULL, '{');
    json_text(j, "op", what->text);
    json_flag(j, "default", what->is_default);
    json_text(j, "dtype", program_dtype(what->dtype));
    json_text(j, "pass", pass_names[what->pass]);
    json_text(j, "dy", !is_backward ? NULL : what->is_mixed ? "mixed" : "one");
    json_text(j, "state", state_name[check_row_state(s, row)]);
    json_count(j, "inputs", row->inputs);
    json_number(j, "limit_ulp", 4, judge_limit(what));
    if (is_checked) {
        json_number(j, "worst_ulp", 6, row->worst);
        json_count(j, "above_half_ulp", row->unrounded);
        if (row->worst > 0) write_number(j, "worst_x", what->dtype, row->at.x);
        if (row->worst > 0 && what->pass == PASS_BACKWARD_OUTPUT) write_number(j, "worst_y", what->dtype, row->at.y);
        if (row->worst > 0 && is_backward) write_number(j, "worst_dy", what->dtype, row->at.dy);
    }
    json_open(j, "devices", '[');
    for (size_t i = 0; i < s->lanes; i++) write_outcome(j, s, row, i);
    json_close(j, ']');
    json_close(j, '}');
}

/* Of all inputs, at the default parameters. */
static void write_share(json *j, const check_session *s, const char *key, check_pass pass) {
    json_open(j, key, '{');
    for (int d = RAMP_F32; d < RAMP_BIT; d++) json_number(j, program_dtype((ramp_dtype)d), 6, plan_share(s, (ramp_dtype)d, pass));
    json_close(j, '}');
}

void report_json(const check_session *s, FILE *out) {
    json j = {.out = out};
    json_open(&j, NULL, '{');
    json_count(&j, "schema", 1);
    json_text(&j, "program", "ramp-check");
    json_text(&j, "version", program_version());
    json_text(&j, "date", s->date);
    json_number(&j, "seconds", 6, s->seconds);
    json_count(&j, "host_cpus", s->workers);
    json_count(&j, "seed", check_seed);
    json_flag(&j, "full", s->is_full);
    write_share(&j, s, "share", PASS_FORWARD);
    write_share(&j, s, "share_saved", PASS_BACKWARD_OUTPUT);
    write_devices(&j, s);
    json_open(&j, "results", '[');
    for (size_t i = 0; i < s->subjects; i++) write_row(&j, s, &s->row[i]);
    json_close(&j, ']');
    json_open(&j, "notes", '[');
    for (size_t i = 0; i < s->notes; i++) json_text(&j, NULL, s->note[i]);
    json_close(&j, ']');
    json_close(&j, '}');
}
