#include "plan.h"
#include "bits.h"
#include "edges.h"
#include "inputs.h"
#include "program.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { turns = 17, mixed_turns = 51 }; /* of the special values: odd, so that each meets each lane of a vector */

static void add(plan *p, const check_subject *what, stretch s) {
    s.dtype = what->dtype;
    s.is_mixed = what->is_mixed;
    s.seed = check_seed + p->count;
    assert(p->count < plan_most);
    p->inputs += s.count;
    p->list[p->count++] = s;
}

static uint32_t sweep_stride(const check_session *s, const check_subject *what) {
    if (!what->is_thorough) return s->is_full ? plan_stride : plan_stride_coarse;
    if (s->is_full) return what->is_mixed || pass_saved(what->pass) != RAMP_SAVED_INPUT ? 61 : plan_stride_full;
    return what->is_mixed ? plan_stride_mixed : plan_stride;
}

static uint64_t sweep_count(uint64_t stride) { return ((UINT64_C(1) << 32) + stride - 1) / stride; }

/* Of each of the two ranges below. */
static uint64_t strata_count(const check_session *s, const check_subject *what) {
    if (s->is_full) return what->is_thorough ? plan_full_f64 / 2 : 1 << 16;
    return what->is_thorough ? 1 << 16 : 1 << 12;
}

static void add_f32(const check_session *s, const check_subject *what, plan *p) {
    uint32_t stride = sweep_stride(s, what);
    /* The coarse sweep, and likewise the few strata and the nearest neighbours, are part of every plan, so that an op alone, with its
     * parameters, meets again what it met among all. */
    if (stride != plan_stride_full)
        add(p, what, (stretch){.kind = STRETCH_SWEEP, .count = sweep_count(plan_stride_coarse), .first = 7, .stride = plan_stride_coarse});
    if (stride != plan_stride_coarse) add(p, what, (stretch){.kind = STRETCH_SWEEP, .count = sweep_count(stride), .stride = stride});
}

/* Most of f64's patterns are numbers at which nothing happens: half the inputs are of magnitudes from 2^-60 to 2^11. */
static void add_f64(const check_session *s, const check_subject *what, plan *p) {
    const uint64_t all = bits_infinity(RAMP_F64), low = bits_of(RAMP_F64, 0x1p-60), high = bits_of(RAMP_F64, 0x1p11);
    uint64_t few = 1 << 12, count = strata_count(s, what);
    for (int round = 0; round < (count > few ? 2 : 1); round++) {
        uint64_t n = round == 0 ? few : count;
        add(p, what, (stretch){.kind = STRETCH_STRATA, .count = n, .first = 0, .stride = all / (n / 2)});
        add(p, what, (stretch){.kind = STRETCH_STRATA, .count = n, .first = low, .stride = (high - low) / (n / 2)});
    }
}

/* About the borders that a parameter moves, where a sweep of a few thousand patterns a binade sees nothing. */
static void add_borders(const check_subject *what, plan *p) {
    input_border border[borders_most];
    size_t borders = inputs_borders(&what->op, what->dtype, border);
    for (size_t i = 0; i < borders; i++) {
        uint64_t n = what->dtype == RAMP_F64 ? 1 << 12 : 1 << 17, width = border[i].last - border[i].first + 1;
        if (n > 2 * width) n = 2 * width;
        add(p, what, (stretch){.kind = STRETCH_STRATA, .count = n, .first = border[i].first, .stride = width / (n / 2)});
    }
}

static void add_16(const check_session *s, const check_subject *what, plan *p) {
    uint64_t rounds = what->is_mixed ? (s->is_full ? 64 : what->is_thorough ? 8 : 2) : 2;
    add(p, what, (stretch){.kind = STRETCH_ALL, .count = rounds * stretch_all});
}

static ramp_status add_points(const check_session *s, const check_subject *what, plan *p) {
    edge found[edges_most];
    size_t points, edges;
    p->point = program_resize(NULL, special_capacity + 2 * edges_most, sizeof *p->point);
    points = inputs_special(&what->op, what->dtype, p->point);
    ramp_status status = edges_find(s->lane[0].device, &what->op, what->dtype, pass_is_backward(what->pass), found, &edges);
    if (status != RAMP_OK) return status;
    for (size_t i = 0; i < edges; i++) {
        p->point[points++] = found[i].x;
        p->point[points++] = found[i].next;
    }
    if (points % 2 == 0) p->point[points++] = 0;
    stretch around = {.kind = STRETCH_POINTS, .dtype = what->dtype, .point = p->point, .points = points};
    around.cycle = points * (what->is_mixed ? mixed_turns : turns);
    around.radius = what->dtype == RAMP_F64 ? 1 : 8;
    around.count = stretch_points_count(&around);
    add(p, what, around);
    if (!what->is_thorough) return RAMP_OK;
    around.cycle = 0;
    around.radius *= s->is_full ? 64 : 8;
    around.count = stretch_points_count(&around);
    add(p, what, around);
    return RAMP_OK;
}

ramp_status plan_new(const check_session *s, const check_subject *what, plan *p) {
    *p = (plan){.count = 0};
    if (what->dtype == RAMP_F16 || what->dtype == RAMP_BF16) {
        add_16(s, what, p);
        return RAMP_OK;
    }
    ramp_status status = add_points(s, what, p);
    if (what->dtype == RAMP_F32)
        add_f32(s, what, p);
    else
        add_f64(s, what, p);
    add_borders(what, p);
    return status;
}

void plan_free(plan *p) {
    free(p->point);
    *p = (plan){.count = 0};
}

double plan_size(const check_session *s, const check_subject *what) {
    plan p = {.count = 0};
    if (what->dtype == RAMP_F32)
        add_f32(s, what, &p);
    else if (what->dtype == RAMP_F64)
        add_f64(s, what, &p);
    else
        add_16(s, what, &p);
    if (what->dtype == RAMP_F32 || what->dtype == RAMP_F64) add_borders(what, &p);
    return (double)p.inputs + (what->is_thorough ? 60000 : 20000);
}

double plan_share(const check_session *s, ramp_dtype dtype, check_pass pass) {
    const check_subject what = {.dtype = dtype, .pass = pass, .is_thorough = 1};
    if (dtype == RAMP_F64) return (double)NAN;
    return dtype != RAMP_F32 ? 1.0 : 1.0 / (double)sweep_stride(s, &what);
}
