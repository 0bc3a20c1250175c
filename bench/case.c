#include "case.h"
#include "lane.h"
#include "program.h"
#include "progress.h"
#include "stats.h"
#include "verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t bench_bytes(const bench_case *c) { return c->shape->count * bench_dtype_size(c->dtype) * (c->pass == BENCH_FORWARD ? 2 : 3); }

size_t bench_dtype_size(ramp_dtype dtype) { return dtype == RAMP_F64 ? 8 : dtype == RAMP_F32 ? 4 : 2; }

const char *bench_pass_name(bench_pass pass) { return pass == BENCH_FORWARD ? "forward" : "backward"; }

const bench_stats *bench_roof(const bench_row *row, ramp_roof *which) {
    const bench_stats *vendor = &row->ms[bench_first_roof + RAMP_ROOF_VENDOR_COPY], *kernel = &row->ms[bench_first_roof + RAMP_ROOF_COPY];
    *which = RAMP_ROOF_ADD;
    if (row->what->pass == BENCH_FORWARD) /* the faster of the two; a NaN is not fast */
        *which = isnan(vendor->median) || kernel->median < vendor->median ? RAMP_ROOF_COPY : RAMP_ROOF_VENDOR_COPY;
    const bench_stats *roof = &row->ms[bench_first_roof + *which];
    return isnan(roof->median) ? NULL : roof;
}

static bench_row *new_row(bench_results *r) {
    if (r->count == r->capacity) {
        r->capacity = r->capacity > 0 ? 2 * r->capacity : 32;
        r->row = program_resize(r->row, r->capacity, sizeof *r->row);
    }
    return &r->row[r->count++];
}

static void verify(const bench_case *c, const bench_tile *tile, bench_row *row, size_t lanes) {
    verify_sample sample = verify_new(c, tile);
    for (size_t i = 0; i < lanes; i++) {
        const bench_lane *lane = row[i].lane;
        if (lane->absent[0] != '\0') {
            row[i].state = BENCH_SKIPPED;
            snprintf(row[i].reason, sizeof row[i].reason, "%s", lane->absent);
            continue;
        }
        progress_show("verifying %s %s %s on %s", c->op_text, bench_pass_name(c->pass), program_dtype(c->dtype), lane->info.selector);
        row[i].state = verify_lane(lane, c, tile, &sample, row[i].reason, sizeof row[i].reason);
        if (row[i].state != BENCH_WRONG && row[i].state != BENCH_FAILED) continue;
        progress_clear();
        program_say("%s: %s %s %s %s on %s (%s): %s", row[i].state == BENCH_WRONG ? "WRONG RESULT" : "FAILED", c->op_text,
                    bench_pass_name(c->pass), program_dtype(c->dtype), c->shape->text, lane->info.selector, lane->info.name, row[i].reason);
    }
    verify_free(&sample);
}

/* One lane's turn: the op, and the roofs that this pass is held against. ms is [bench_things][runs]; round -1 is the warm-up. */
static void take_turn(const bench_case *c, bench_row *row, double *ms, int round, int runs) {
    size_t roof_bytes = (size_t)(c->shape->count * bench_dtype_size(c->dtype)) & ~(size_t)15;
    for (int thing = 0; thing < bench_things; thing++) {
        if (thing == bench_first_roof + RAMP_ROOF_ADD && c->pass == BENCH_FORWARD) continue;
        double once = NAN;
        ramp_status status = RAMP_OK;
        if (thing == bench_op || roof_bytes > 0) status = lane_time(row->lane, c, thing, roof_bytes, &once);
        if (status != RAMP_OK && status != RAMP_ERROR_UNSUPPORTED) {
            row->state = BENCH_FAILED;
            snprintf(row->reason, sizeof row->reason, "%s: %s", ramp_status_name(status), ramp_last_error());
            progress_clear();
            program_say("FAILED: %s %s on %s: %s", c->op_text, bench_pass_name(c->pass), row->lane->info.selector, row->reason);
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
    verify(c, tile, rows, s->lanes);
    double *ms = program_resize(NULL, each * s->lanes, sizeof *ms);
    for (size_t i = 0; i < each * s->lanes; i++) ms[i] = NAN;
    for (int round = -1; round < runs; round++)
        for (size_t turn = 0; turn < s->lanes; turn++) {
            size_t i = (turn + (size_t)(round + 1)) % s->lanes; /* nobody is always first */
            progress_show("%s %s %s %s, %s %d of %d on %s", c->op_text, bench_pass_name(c->pass), program_dtype(c->dtype), c->shape->text,
                          round < 0 ? "warm-up before round" : "round", round < 0 ? 1 : round + 1, runs, rows[i].lane->info.selector);
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
