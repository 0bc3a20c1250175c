#include "traits.h"
#include "bits.h"
#include "lane.h"
#include "parallel.h"
#include "program.h"
#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What each worker finds. */
typedef struct finding {
    uint64_t broken;
    size_t at; /* the first */
    char why[256];
} finding;

typedef struct chunk {
    const check_subject *what;
    const void *x, *y;
    const void *mirrored; /* f(-x); NULL unless the op is odd */
    int is_monotone;
    double low, high;
    finding part[parallel_most];
} chunk;

static double value(const check_subject *what, const void *array, size_t i) {
    return bits_value(what->dtype, bits_load(what->dtype, array, i));
}

static void add(const chunk *c, finding *f, size_t i, size_t j, double xj, double yj, const char *how) {
    if (f->broken++ > 0 && f->at <= i) return;
    f->at = i;
    snprintf(f->why, sizeof f->why, "%s: f(%.17g) = %.17g", how, value(c->what, c->x, i), value(c->what, c->y, i));
    size_t used = strlen(f->why);
    if (i != j) snprintf(f->why + used, sizeof f->why - used, ", f(%.17g) = %.17g", xj, yj);
}

/* softplus may fall where its threshold makes it switch to x; its gradient jumps there too. */
static int is_excused(const check_subject *what, double x0, double x1) {
    double at[2] = {1.0, 20.0};
    if (what->op.id != RAMP_SOFTPLUS) return 0;
    for (uint32_t i = 0; i < what->op.count && i < 2; i++) at[i] = what->op.param[i];
    return (x0 * at[0] > at[1]) != (x1 * at[0] > at[1]);
}

static void monotone(const chunk *c, finding *f, size_t i) {
    double x0 = value(c->what, c->x, i - 1), y0 = value(c->what, c->y, i - 1), x1 = value(c->what, c->x, i), y1 = value(c->what, c->y, i);
    if (((x0 < x1 && y0 > y1) || (x0 > x1 && y0 < y1)) && !is_excused(c->what, x0, x1)) add(c, f, i, i - 1, x0, y0, "it falls");
}

/* f(-x) is -f(x), bit for bit, the sign of a zero excepted. */
static void odd(const chunk *c, finding *f, size_t i) {
    ramp_dtype dtype = c->what->dtype;
    uint64_t sign = UINT64_C(1) << (8 * bits_size(dtype) - 1);
    uint64_t a = bits_load(dtype, c->y, i), b = bits_load(dtype, c->mirrored, i);
    if (!bits_same(dtype, a, b ^ sign) && ((a | b) & ~sign) != 0)
        add(c, f, i, i + 1, -value(c->what, c->x, i), bits_value(dtype, b), "it is not odd");
}

static void look(void *context, unsigned worker, size_t from, size_t to) {
    chunk *c = context;
    finding *f = &c->part[worker];
    for (size_t i = from; i < to; i++) {
        double y = value(c->what, c->y, i);
        if (c->is_monotone && i > 0) monotone(c, f, i);
        if (c->mirrored != NULL) odd(c, f, i);
        if (y < c->low || y > c->high) add(c, f, i, i, 0.0, 0.0, "it leaves its bounds");
    }
}

static uint32_t traits_of(ramp_op_id id) {
    ramp_op_info info;
    for (size_t i = 0; i < ramp_op_count(); i++)
        if (ramp_op_describe(i, &info) == RAMP_OK && info.id == id) return info.traits;
    return 0;
}

/* The op is defined on rounded parameters, and a bound is rounded as a result is. */
static void set_bounds(chunk *c) {
    ramp_dtype dtype = c->what->dtype;
    if (!reference_bounds(&c->what->op, &c->low, &c->high)) {
        c->low = -(double)INFINITY;
        c->high = (double)INFINITY;
    }
    if (dtype == RAMP_F64) return;
    c->low = bits_value(dtype, bits_of(dtype, c->low));
    c->high = bits_value(dtype, bits_of(dtype, c->high));
}

/* f(-x), to be freed; NULL where the lane fails, which then shows elsewhere. */
static void *mirror(const check_session *s, const check_subject *what, size_t n, const void *x) {
    size_t size = program_dtype_size(what->dtype);
    uint64_t sign = UINT64_C(1) << (8 * size - 1);
    check_batch b = {.n = n, .x = program_resize(NULL, n, size)};
    void *result = program_resize(NULL, n, size);
    for (size_t i = 0; i < n; i++) bits_store(what->dtype, b.x, i, bits_load(what->dtype, x, i) ^ sign);
    ramp_status status = lane_run(&s->lane[0], &what->op, what->dtype, PASS_FORWARD, 0, &b, result, NULL);
    free(b.x);
    if (status == RAMP_OK) return result;
    free(result);
    return NULL;
}

uint64_t traits_broken(const check_session *s, const check_subject *what, size_t n, const void *x, const void *y, char *why,
                       size_t capacity, size_t *at) {
    static chunk c;
    uint32_t traits = traits_of(what->op.id);
    uint64_t broken = 0;
    void *mirrored = (traits & RAMP_TRAIT_ODD) != 0 ? mirror(s, what, n, x) : NULL;
    c = (chunk){.what = what, .x = x, .y = y, .mirrored = mirrored, .is_monotone = what->is_default && (traits & RAMP_TRAIT_MONOTONE) != 0};
    set_bounds(&c);
    parallel_run(s->workers, n, look, &c);
    for (size_t i = 0; i < parallel_most; i++) {
        const finding *f = &c.part[i];
        if (f->broken > 0 && (broken == 0 || f->at < *at)) {
            *at = f->at;
            snprintf(why, capacity, "%s", f->why);
        }
        broken += f->broken;
    }
    free(mirrored);
    return broken;
}
