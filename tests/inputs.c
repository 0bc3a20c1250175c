#include "inputs.h"
#include "bits.h"
#include "reference.h"

#include <math.h>
#include <string.h>

typedef struct list {
    ramp_dtype dtype;
    uint64_t *pattern;
    size_t count;
} list;

static int least_exponent(ramp_dtype dtype) {
    return dtype == RAMP_F64 ? -1074 : dtype == RAMP_F16 ? -24 : dtype == RAMP_BF16 ? -133 : -149;
}
static int most_exponent(ramp_dtype dtype) { return dtype == RAMP_F64 ? 1024 : dtype == RAMP_F16 ? 16 : 128; }

static void add(list *l, uint64_t pattern) {
    if (l->count < special_capacity - 1) l->pattern[l->count++] = pattern;
}

/* A number, its negative, and the neighbours either side of both. */
static void add_around(list *l, double value, int neighbours) {
    for (int sign = 1; sign >= -1; sign -= 2)
        for (int step = -neighbours; step <= neighbours; step++) {
            uint64_t pattern = bits_of(l->dtype, sign * value);
            if (step == 0 || !bits_is_nan(l->dtype, pattern)) add(l, step == 0 ? pattern : bits_step(l->dtype, pattern, step));
        }
}

static void add_nans(list *l) {
    uint64_t infinity = bits_infinity(l->dtype), sign = UINT64_C(1) << (8 * bits_size(l->dtype) - 1);
    uint64_t quiet = UINT64_C(1) << (bits_mantissa(l->dtype) - 1);
    uint64_t payload[] = {quiet, quiet | 1, 1, quiet - 1, 2 * quiet - 1, quiet | (quiet >> 1), 2};
    for (size_t i = 0; i < sizeof payload / sizeof payload[0]; i++) {
        add(l, infinity | payload[i]);
        add(l, sign | infinity | payload[i]);
    }
}

enum { knee_capacity = 16 };

/* Where an op's formula may change: its parameters, as the op knows them, and what they make together, its root, and the published ops' own knees. */
static int list_knees(const ramp_op *op, ramp_dtype dtype, double *knee) {
    static const double published[] = {3.0, -3.0, 6.0, 0.0};
    const ramp_dtype real = dtype == RAMP_F64 ? RAMP_F64 : RAMP_F32;
    double p[RAMP_MAX_PARAMS];
    int count = 0;
    for (uint32_t i = 0; i < op->count; i++) knee[count++] = p[i] = bits_value(real, bits_of(real, op->param[i]));
    if (op->count == 1) knee[count++] = -p[0];
    if (op->count == 2) knee[count++] = p[0] / 2 + p[1] / 2;
    if (op->count == 2 && p[0] != 0.0) knee[count++] = p[1] / p[0]; /* softplus: threshold / beta */
    if (reference_root(op, &knee[count])) count++;
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) knee[count++] = published[i];
    return count;
}

/* Where exponentials, and what is made of them, become subnormal, underflow, overflow, or fall below a half ulp of 1: of f32 and f64; as
 * they are and as the beta of silu or softplus or the alpha of celu moves them. */
static const double tails[] = {87.33654475, 88.72283906, 103.2789, 103.97207708, 104.0,     91.0,     92.0,    12.98,  13.9,
                               14.17,       18.0,        24.0,     11.0,         10.06,     16.6,     17.33,   36.05,  36.74,
                               37.43,       38.5,        37.5,     708.39641853, 709.78271, 744.4401, 745.133, 745.14, 746.0,
                               714.0,       751.0,       19.06,    8.66,         9.01,      5.42,     5.92,    8.29,   20.0};

static void add_tails(list *l, const ramp_op *op) {
    int smooth = !reference_is_exact(op->id);
    for (size_t i = 0; smooth && i < sizeof tails / sizeof tails[0]; i++) {
        add_around(l, tails[i], 1);
        for (uint32_t k = 0; k < op->count && k < 1; k++) {
            if (op->param[k] != 1.0) add_around(l, tails[i] * op->param[k], 0);
            if (op->param[k] != 1.0) add_around(l, tails[i] / op->param[k], 0);
        }
    }
}

size_t inputs_special(const ramp_op *op, ramp_dtype dtype, uint64_t *patterns) {
    list l = {dtype, patterns, 0};
    double knee[knee_capacity];
    int f64 = dtype == RAMP_F64, knees = list_knees(op, dtype, knee);
    add_nans(&l);
    add(&l, bits_of(dtype, 0.0));
    add(&l, bits_of(dtype, -0.0));
    add_around(&l, (double)INFINITY, 4); /* the largest numbers too */
    add_around(&l, 0.0, 4);              /* the smallest subnormals */
    add_around(&l, ldexp(1.0, least_exponent(dtype) + bits_mantissa(dtype)), 4);
    for (int i = 0; i < knees; i++) add_around(&l, knee[i], 4);
    for (uint32_t i = 0; i < op->count; i++) {
        add(&l, bits_of(dtype, op->param[i] / 2));
        add(&l, bits_of(dtype, op->param[i] * 2));
    }
    add_tails(&l, op);
    static const double edge[] = {1.0,     0.5,     2.0,    1.5,     3.0,      6.0,       0x1p-12, 0x1p-23,  0x1p-24, 0x1p-25, 0x1p-52,
                                  0x1p-53, 0x1p-54, 0x1p24, 0x1p25,  0x1p26,   16777215., 0x1p53,  0x1p54,   0x1p63,  0x1p64,  1.8e19,
                                  1.9e19,  0x1p-64, 0x1p31, 0x1p100, 0x1p-100, 0x1p126,   0x1p127, 0x1p-140, 1e-40,   1e30,    1.0 / 3};
    for (size_t i = 0; i < sizeof edge / sizeof edge[0]; i++) add_around(&l, edge[i], 4);
    for (int e = least_exponent(dtype); e < most_exponent(dtype); e += f64 ? 23 : 3)
        add(&l, bits_of(dtype, ldexp(e % 2 != 0 ? -1.0 : 1.0, e)));
    if (l.count % 2 == 0) add(&l, bits_of(dtype, 1.25));
    return l.count;
}

/* About |p x| = 1 and |x / p| = 1: closely, for an error that the border itself makes is seen in few of the inputs there; and from half the first
 * border of exp's reduction, log(2) / 2, on. */
size_t inputs_borders(const ramp_op *op, ramp_dtype dtype, input_border *border) {
    static const double near[][2] = {{0.875, 1.0625}, {0.17, 2.2}};
    double p = op->count > 0 ? bits_value(dtype, bits_of(dtype, fabs(op->param[0]))) : 0.0;
    size_t count = 0;
    if (reference_is_exact(op->id) || p == 0.0 || p == 1.0 || isinf(p)) return 0;
    for (size_t i = 0; i < 2 * sizeof near / sizeof near[0]; i++) {
        double low = near[i / 2][0], high = near[i / 2][1];
        input_border b = {bits_of(dtype, i % 2 ? low * p : low / p), bits_of(dtype, i % 2 ? high * p : high / p)};
        if (b.last > b.first && b.last < bits_infinity(dtype)) border[count++] = b;
    }
    return count;
}

static uint64_t border_pattern(ramp_dtype dtype, const input_border *border, size_t count, uint64_t *state) {
    uint64_t draw = random_next(state);
    const input_border *b = &border[(draw >> 1) % count];
    uint64_t sign = (draw & 1) << (8 * bits_size(dtype) - 1);
    return sign | (b->first + random_next(state) % (b->last - b->first + 1));
}

/* What INPUT_RANGE needs to know of an op. */
typedef struct range {
    const ramp_op *op;
    ramp_dtype dtype;
    int smooth, knees;
    double knee[knee_capacity], root; /* root: NaN where there is none */
} range;

static range range_of(const ramp_op *op, ramp_dtype dtype) {
    range r = {.op = op, .dtype = dtype, .smooth = !reference_is_exact(op->id)};
    r.knees = list_knees(op, dtype, r.knee);
    if (!reference_root(op, &r.root)) r.root = (double)NAN;
    return r;
}

/* Between an op's knees, if it has two; else where exponentials are neither 0 nor 1, as its parameter may stretch them. */
static double between(const range *r, uint64_t draw, double unit) {
    const ramp_op *op = r->op;
    double lo = -4.0, hi = 4.0, scale = op->count > 0 ? fabs(op->param[0]) : 1.0;
    if (r->smooth) {
        double wide = (2 * unit - 1) * (draw & 256 ? 20.0 : 3.0);
        return scale > 0.0 && (draw & 512) ? (draw & 1024 ? wide * scale : wide / scale) : wide;
    }
    if (op->count == 2) lo = op->param[0], hi = op->param[1];
    if (isinf(lo)) lo = -8.0;
    if (isinf(hi)) hi = 8.0;
    return lo * (1 - unit) + hi * unit;
}

/* Three in eight about and between the knees, the rest where exponentials fade out, near the root, next to a knee, few-bit numbers whose
 * sums and quotients land on ties, and anywhere. */
static uint64_t range_pattern(const range *r, uint64_t *state) {
    uint64_t draw = random_next(state);
    double unit = random_unit(state), at = r->knee[(draw >> 32) % (uint64_t)r->knees], root = isnan(r->root) ? at : r->root;
    int f64 = r->dtype == RAMP_F64, low = least_exponent(r->dtype), span = most_exponent(r->dtype) - low;
    if (isinf(at)) at = 8.0;
    switch (draw % 8) {
    case 2: return bits_of(r->dtype, r->smooth ? (2 * unit - 1) * (f64 ? 760.0 : 110.0) : between(r, draw, 2 * unit - 0.5));
    case 3: return bits_of(r->dtype, ldexp((double)(int)(draw >> 40) - 0x1p23, (int)(draw >> 8) % 48 - 24));
    case 4: return bits_step(r->dtype, bits_of(r->dtype, at), (int)((draw >> 8) % 4096) - 2048);
    case 5: return bits_of(r->dtype, isinf(root) ? unit : root + ldexp(2 * unit - 1, -(int)((draw >> 8) % (f64 ? 52 : 24))));
    case 6: return bits_of(r->dtype, ldexp(2 * unit - 1, low + 1 + (int)((draw >> 8) % (uint64_t)span)));
    default: return bits_of(r->dtype, between(r, draw, unit));
    }
}

static uint64_t mixed_pattern(ramp_dtype dtype, uint64_t *state) {
    uint64_t draw = random_next(state), sign = (draw >> 63) << (8 * bits_size(dtype) - 1), infinity = bits_infinity(dtype);
    uint64_t fraction = (draw >> 4) & ((UINT64_C(1) << bits_mantissa(dtype)) - 1), one = UINT64_C(1) << bits_mantissa(dtype);
    switch (draw % 12) {
    case 0:
    case 1: return sign | bits_of(dtype, 1.0);
    case 2: return sign | (infinity - (1 + draw % 2) * one) | fraction; /* huge */
    case 3: return sign | one | fraction;                               /* tiny */
    case 4: return sign | fraction;                                     /* subnormal */
    case 5: return sign | (draw & 64 ? infinity : 0);
    case 6: return sign | infinity | fraction | 1;
    case 7: return sign | bits_of(dtype, 1.0) | fraction;
    default: return random_next(state) >> (64 - 8 * bits_size(dtype));
    }
}

/* inputs_special, kept from call to call. */
static const uint64_t *cached_special(const ramp_op *op, ramp_dtype dtype, size_t *count) {
    static _Thread_local struct {
        ramp_op op;
        ramp_dtype dtype;
        uint64_t pattern[special_capacity];
        size_t count;
    } kept;
    if (kept.count == 0 || kept.dtype != dtype || memcmp(&kept.op, op, sizeof *op) != 0) {
        kept.op = *op;
        kept.dtype = dtype;
        kept.count = inputs_special(op, dtype, kept.pattern);
    }
    *count = kept.count;
    return kept.pattern;
}

void inputs_fill(input_kind kind, const ramp_op *op, ramp_dtype dtype, uint64_t seed, size_t step, void *array, size_t n) {
    uint64_t state = seed, one = bits_of(dtype, 1.0);
    if (kind == INPUT_SPECIAL) {
        size_t count;
        const uint64_t *special = cached_special(op, dtype, &count);
        for (size_t i = 0; i < n; i++) bits_store(dtype, array, i, special[(seed + i / step) % count]);
    } else if (kind == INPUT_RANGE) {
        range r = range_of(op, dtype);
        for (size_t i = 0; i < n; i++) bits_store(dtype, array, i, range_pattern(&r, &state));
    } else if (kind == INPUT_BORDERS) {
        input_border border[borders_most];
        size_t count = inputs_borders(op, dtype, border);
        for (size_t i = 0; i < n && count > 0; i++) bits_store(dtype, array, i, border_pattern(dtype, border, count, &state));
    } else if (kind == INPUT_STRIDE && dtype != RAMP_F64) {
        for (size_t i = 0; i < n; i++) bits_store(dtype, array, i, seed + i * step);
    } else {
        for (size_t i = 0; i < n; i++)
            bits_store(dtype, array, i,
                       kind == INPUT_STRIDE ? random_next(&state)
                       : kind == INPUT_ONE  ? one
                                            : mixed_pattern(dtype, &state));
    }
}
