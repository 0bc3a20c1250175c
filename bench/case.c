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

const char *const bench_pass_names[bench_passes] = {"forward", "backward"};
const char *const bench_saved_names[bench_saved_kinds] = {"input", "output", "mask"};

const char *bench_cache_name(bench_cache cache) {
    static const char *const name[] = {"any", "hot", "cold"};
    return name[cache];
}

const char *bench_memory_name(bench_memory memory) {
    static const char *const name[] = {"device", "pinned", "pageable"};
    return name[memory];
}

bench_words bench_variation(const bench_case *c) {
    int is_saved = c->saved == RAMP_SAVED_MASK || (c->saved == RAMP_SAVED_OUTPUT && c->pass == PASS_BACKWARD);
    return (bench_words){.saved = is_saved ? bench_saved_names[c->saved] : "",
                         .layout = c->layout != LAYOUT_DENSE ? layout_names[c->layout] : "",
                         .cache = c->cache != CACHE_ANY ? bench_cache_name(c->cache) : "",
                         .memory = c->memory != MEMORY_DEVICE ? bench_memory_name(c->memory) : "",
                         .is_default = !is_saved && c->layout == LAYOUT_DENSE && c->cache == CACHE_ANY && c->memory == MEMORY_DEVICE};
}

const char *bench_case_text(const bench_case *c, char text[384]) {
    bench_words w = bench_variation(c);
    const char *const word[] = {w.saved, w.layout, w.cache, w.memory};
    size_t used =
        (size_t)snprintf(text, 384, "%s %s %s %s", c->op_text, bench_pass_names[c->pass], program_dtype(c->dtype), c->shape->text);
    for (int i = 0; i < 4 && used < 384; i++)
        if (word[i][0] != '\0') used += (size_t)snprintf(text + used, 384 - used, " %s", word[i]);
    return text;
}

static double tensors(const bench_case *c) {
    return (double)bench_bytes(c) / ((double)c->shape->count * (double)program_dtype_size(c->dtype));
}

int bench_roof_is_copy(const bench_case *c) { return tensors(c) <= 2.5; }

double bench_roof_ms(const bench_row *row, ramp_roof *which) {
    double vendor = row->ms[bench_first_roof + RAMP_ROOF_VENDOR_COPY].median, kernel = row->ms[bench_first_roof + RAMP_ROOF_COPY].median;
    *which = RAMP_ROOF_ADD;
    if (row->what->memory != MEMORY_DEVICE) return row->link_ms;
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

static void verify(bench_session *s, const bench_case *c, const bench_tile *tile, bench_row *row) {
    char text[384];
    verify_sample sample = verify_new(c, tile);
    bench_case_text(c, text);
    for (size_t i = 0; i < s->lanes; i++) {
        bench_lane *lane = &s->lane[i];
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

/* A lane's times of one thing, one a round. */
typedef struct samples {
    double *ms;
    size_t count, capacity;
} samples;

static void keep(samples *s, double ms) {
    if (isnan(ms)) return;
    if (s->count == s->capacity) {
        s->capacity = s->capacity > 0 ? 2 * s->capacity : 32;
        s->ms = program_resize(s->ms, s->capacity, sizeof *s->ms);
    }
    s->ms[s->count++] = ms;
}

/* One lane's turn: the op, and the roofs that this pass is held against. taken is [bench_things]; NULL: the warm-up. */
static void take_turn(bench_lane *lane, const bench_case *c, bench_row *row, samples *taken) {
    size_t roof_bytes = (size_t)(c->shape->count * program_dtype_size(c->dtype)) & ~(size_t)15;
    char text[384];
    for (int thing = 0; thing < bench_things; thing++) {
        if (thing == bench_first_roof + RAMP_ROOF_ADD && bench_roof_is_copy(c)) continue;
        if (thing != bench_op && c->memory != MEMORY_DEVICE) continue;
        double once = NAN;
        ramp_status status = RAMP_OK;
        if (thing == bench_op || roof_bytes > 0) status = lane_time(lane, c, thing, roof_bytes, &once);
        if (status != RAMP_OK && status != RAMP_ERROR_UNSUPPORTED) {
            row->state = BENCH_FAILED;
            snprintf(row->reason, sizeof row->reason, "%s: %s", ramp_status_name(status), ramp_last_error());
            progress_clear();
            program_say("FAILED: %s on %s: %s", bench_case_text(c, text), row->lane->info.selector, row->reason);
            return;
        }
        if (taken != NULL) keep(&taken[thing], once);
    }
}

/* Whether a lane's op is known so well that further rounds would tell little. */
static int is_settled(const samples *op, double spread) {
    double *copy = program_resize(NULL, op->count, sizeof *copy);
    memcpy(copy, op->ms, op->count * sizeof *copy);
    const bench_stats s = stats_of(copy, op->count);
    free(copy);
    return s.high - s.median <= spread * s.median && s.median - s.low <= spread * s.median;
}

/* taken is [lanes][bench_things]; `rounds` of them are over, `seconds` after the first began. */
static int is_enough(const bench_session *s, const bench_rounds *r, const bench_row *rows, const samples *taken, int rounds,
                     double seconds) {
    if (rounds >= r->most) return 1;
    if (r->spread == 0 || rounds < stats_least || seconds < r->seconds) return 0;
    if (seconds >= bench_patience * r->seconds) return 1;
    if (rounds > 64 && rounds % (rounds / 16) != 0) return 0; /* sorting has its price */
    for (size_t i = 0; i < s->lanes; i++)
        if (rows[i].state == BENCH_MEASURED && !is_settled(&taken[i * bench_things], r->spread)) return 0;
    return 1;
}

/* A few long calls tell more than many short ones, whose beginning and end count. */
static void check_clock(bench_lane *lane, const bench_case *c, double ms) {
    const int calls = lane_clock_calls(ms);
    if (c->memory != MEMORY_DEVICE || (lane->check.calls > 0 && lane->check.calls <= 10 * calls)) return;
    progress_show("holding the clock of %s against the host's", lane->info.selector);
    (void)lane_check_clock(lane, c, calls); /* a device that fails here has failed before, or will */
}

void case_run(bench_session *s, const bench_case *c, const bench_tile *tile, const bench_rounds *r) {
    size_t first = s->results.count;
    for (size_t i = 0; i < s->lanes; i++) {
        bench_row *row = new_row(&s->results);
        *row = (bench_row){.what = c, .lane = &s->lane[i], .x_first = NAN, .link_ms = NAN};
        for (int thing = 0; thing < bench_things; thing++) row->ms[thing] = stats_of(NULL, 0);
    }
    bench_row *rows = &s->results.row[first];
    char text[384];
    verify(s, c, tile, rows);
    bench_case_text(c, text);
    samples *taken = program_resize(NULL, s->lanes * bench_things, sizeof *taken);
    memset(taken, 0, s->lanes * bench_things * sizeof *taken);
    int rounds = -1;
    for (double begin = progress_clock(); rounds < 0 || !is_enough(s, r, rows, taken, rounds, progress_clock() - begin); rounds++)
        for (size_t turn = 0; turn < s->lanes; turn++) {
            size_t i = (turn + (size_t)(rounds + 1)) % s->lanes; /* nobody is always first */
            if (rounds < 0)
                progress_show("%s, warm-up on %s", text, rows[i].lane->info.selector);
            else
                progress_show("%s, round %d of %s%d on %s", text, rounds + 1, r->spread > 0 ? "at most " : "", r->most,
                              rows[i].lane->info.selector);
            if (rows[i].state == BENCH_MEASURED) take_turn(&s->lane[i], c, &rows[i], rounds < 0 ? NULL : &taken[i * bench_things]);
        }
    progress_add((double)bench_bytes(c));
    for (size_t i = 0; i < s->lanes; i++) {
        samples *own = &taken[i * bench_things];
        if (rows[i].state == BENCH_MEASURED) {
            rows[i].runs = (int)own[bench_op].count;
            rows[i].link_ms = lane_link_ms(&s->lane[i], c);
            for (int thing = 0; thing < bench_things; thing++) rows[i].ms[thing] = stats_of(own[thing].ms, own[thing].count);
            if (rows[0].state == BENCH_MEASURED) rows[i].x_first = rows[i].ms[bench_op].median / rows[0].ms[bench_op].median;
            clocks_sample(&s->lane[i].clocks);
            check_clock(&s->lane[i], c, rows[i].ms[bench_op].median);
        }
        for (int thing = 0; thing < bench_things; thing++) free(own[thing].ms);
    }
    free(taken);
}
