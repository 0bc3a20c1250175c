#include "case.h"
#include "lane.h"
#include "layout.h"
#include "program.h"
#include "progress.h"
#include "stats.h"
#include "verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t bench_bytes(const bench_case *c) {
    uint64_t n = c->shape->count, size = program_dtype_size(c->dtype), mask = (n + 7) / 8;
    if (c->pass == PASS_FORWARD) return (layout_distinct(c, OPERAND_INPUT) + n) * size + (c->saved == RAMP_SAVED_MASK ? mask : 0);
    return (layout_distinct(c, OPERAND_GRADIENT) + n) * size + (c->saved == RAMP_SAVED_MASK ? mask : n * size);
}

const char *bench_saved_name(ramp_saved saved) {
    return saved == RAMP_SAVED_INPUT ? "input" : saved == RAMP_SAVED_OUTPUT ? "output" : "mask";
}

bench_words bench_variation(const bench_case *c) {
    int is_saved = c->saved == RAMP_SAVED_MASK || (c->saved == RAMP_SAVED_OUTPUT && c->pass == PASS_BACKWARD);
    return (bench_words){.saved = is_saved ? bench_saved_name(c->saved) : "",
                         .layout = c->layout != LAYOUT_DENSE ? layout_name(c->layout) : "",
                         .is_default = !is_saved && c->layout == LAYOUT_DENSE};
}

const char *bench_case_text(const bench_case *c, char text[384]) {
    bench_words w = bench_variation(c);
    snprintf(text, 384, "%s %s %s %s%s%s%s%s", c->op_text, choices_pass_name(c->pass), program_dtype(c->dtype), c->shape->text,
             w.saved[0] != '\0' ? " " : "", w.saved, w.layout[0] != '\0' ? " " : "", w.layout);
    return text;
}

static double tensors(const bench_case *c) {
    return (double)bench_bytes(c) / ((double)c->shape->count * (double)program_dtype_size(c->dtype));
}

int bench_roof_is_copy(const bench_case *c) { return tensors(c) <= 2.5; }

double bench_roof_ms(const bench_row *row, ramp_roof *which) {
    double vendor = row->ms[bench_first_roof + RAMP_ROOF_VENDOR_COPY].median, kernel = row->ms[bench_first_roof + RAMP_ROOF_COPY].median;
    *which = RAMP_ROOF_ADD;
    if (bench_roof_is_copy(row->what)) /* the faster of the two; a NaN is not fast */
        *which = isnan(vendor) || kernel < vendor ? RAMP_ROOF_COPY : RAMP_ROOF_VENDOR_COPY;
    return row->ms[bench_first_roof + *which].median * (tensors(row->what) / (*which == RAMP_ROOF_ADD ? 3 : 2));
}

static bench_row *new_row(bench_results *r) {
    if (r->count == r->capacity) {
        r->capacity = r->capacity > 0 ? 2 * r->capacity : 32;
        r->row = program_resize(r->row, r->capacity, sizeof *r->row);
    }
    return &r->row[r->count++];
}

static void verify(const bench_case *c, const bench_tile *tile, bench_row *row, size_t lanes) {
    char text[384];
    verify_sample sample = verify_new(c, tile);
    bench_case_text(c, text);
    for (size_t i = 0; i < lanes; i++) {
        const bench_lane *lane = row[i].lane;
        if (lane->absent[0] != '\0') {
            row[i].state = BENCH_SKIPPED;
            snprintf(row[i].reason, sizeof row[i].reason, "%s", lane->absent);
            continue;
        }
        progress_show("verifying %s on %s", text, lane->info.selector);
        row[i].state = verify_lane(lane, c, tile, &sample, row[i].reason, sizeof row[i].reason);
        if (row[i].state != BENCH_WRONG && row[i].state != BENCH_FAILED) continue;
        progress_clear();
        program_say("%s: %s on %s (%s): %s", row[i].state == BENCH_WRONG ? "WRONG RESULT" : "FAILED", text, lane->info.selector,
                    lane->info.name, row[i].reason);
    }
    verify_free(&sample);
}

/* One lane's turn: the op, and the roofs that this pass is held against. ms is [bench_things][runs]; round -1 is the warm-up. */
static void take_turn(const bench_case *c, bench_row *row, double *ms, int round, int runs) {
    size_t roof_bytes = (size_t)(c->shape->count * program_dtype_size(c->dtype)) & ~(size_t)15;
    char text[384];
    for (int thing = 0; thing < bench_things; thing++) {
        if (thing == bench_first_roof + RAMP_ROOF_ADD && bench_roof_is_copy(c)) continue;
        double once = NAN;
        ramp_status status = RAMP_OK;
        if (thing == bench_op || roof_bytes > 0) status = lane_time(row->lane, c, thing, roof_bytes, &once);
        if (status != RAMP_OK && status != RAMP_ERROR_UNSUPPORTED) {
            row->state = BENCH_FAILED;
            snprintf(row->reason, sizeof row->reason, "%s: %s", ramp_status_name(status), ramp_last_error());
            progress_clear();
            program_say("FAILED: %s on %s: %s", bench_case_text(c, text), row->lane->info.selector, row->reason);
            return;
        }
        if (round >= 0) ms[thing * runs + round] = once;
    }
}

static void summarise(bench_row *row, double *ms, int runs) {
    row->runs = runs;
    for (int thing = 0; thing < bench_things; thing++) {
        double *sample = &ms[thing * runs];
        size_t count = 0;
        for (int r = 0; r < runs; r++)
            if (!isnan(sample[r])) sample[count++] = sample[r];
        row->ms[thing] = stats_of(sample, count);
    }
}

void case_run(bench_session *s, const bench_case *c, const bench_tile *tile, int runs) {
    size_t first = s->results.count, each = (size_t)runs * bench_things;
    for (size_t i = 0; i < s->lanes; i++) {
        bench_row *row = new_row(&s->results);
        *row = (bench_row){.what = c, .lane = &s->lane[i], .x_first = NAN};
        for (int thing = 0; thing < bench_things; thing++) row->ms[thing] = stats_of(NULL, 0);
    }
    bench_row *rows = &s->results.row[first];
    char text[384];
    verify(c, tile, rows, s->lanes);
    bench_case_text(c, text);
    double *ms = program_resize(NULL, each * s->lanes, sizeof *ms);
    for (size_t i = 0; i < each * s->lanes; i++) ms[i] = NAN;
    for (int round = -1; round < runs; round++)
        for (size_t turn = 0; turn < s->lanes; turn++) {
            size_t i = (turn + (size_t)(round + 1)) % s->lanes; /* nobody is always first */
            progress_show("%s, %s %d of %d on %s", text, round < 0 ? "warm-up before round" : "round", round < 0 ? 1 : round + 1, runs,
                          rows[i].lane->info.selector);
            if (rows[i].state == BENCH_MEASURED) take_turn(c, &rows[i], &ms[i * each], round, runs);
            progress_add((double)bench_bytes(c));
        }
    for (size_t i = 0; i < s->lanes; i++) {
        if (rows[i].state != BENCH_MEASURED) continue;
        summarise(&rows[i], &ms[i * each], runs);
        if (rows[0].state == BENCH_MEASURED) rows[i].x_first = rows[i].ms[bench_op].median / rows[0].ms[bench_op].median;
    }
    free(ms);
}
