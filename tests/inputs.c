#include "inputs.h"
#include "bits.h"

#include <math.h>
#include <string.h>

typedef struct list {
    ramp_dtype dtype;
    uint64_t *pattern;
    size_t count;
} list;

static void add(list *l, uint64_t pattern) {
    if (l->count < special_capacity - 1) l->pattern[l->count++] = pattern;
}

/* A number, its negative, and 1 to 4 neighbours either side of both. */
static void add_around(list *l, double value) {
    for (int sign = 1; sign >= -1; sign -= 2)
        for (int step = -4; step <= 4; step++) {
            uint64_t pattern = bits_of(l->dtype, sign * value);
            add(l, step == 0 ? pattern : bits_step(l->dtype, pattern, step));
        }
}

static void add_nans(list *l) {
    uint64_t infinity = bits_infinity(l->dtype), sign = UINT64_C(1) << (8 * bits_size(l->dtype) - 1);
    uint64_t quiet = UINT64_C(1) << (bits_mantissa(l->dtype) - 1);
    uint64_t payload[] = {quiet, quiet | 1, 1, quiet - 1, 2 * quiet - 1, quiet | (quiet >> 1), 0x1234};
    for (size_t i = 0; i < sizeof payload / sizeof payload[0]; i++) {
        add(l, infinity | payload[i]);
        add(l, sign | infinity | payload[i]);
    }
}

size_t inputs_special(const ramp_op *op, ramp_dtype dtype, uint64_t *patterns) {
    list l = {dtype, patterns, 0};
    int f64 = dtype == RAMP_F64;
    add_nans(&l);
    add(&l, bits_of(dtype, 0.0));
    add(&l, bits_of(dtype, -0.0));
    add_around(&l, (double)INFINITY); /* the largest numbers too */
    add_around(&l, 0.0);              /* the smallest subnormals */
    add_around(&l, f64 ? 0x1p-1022 : 0x1p-126);
    for (uint32_t i = 0; i < op->count; i++) {
        add_around(&l, op->param[i]);
        add(&l, bits_of(dtype, op->param[i] / 2));
        add(&l, bits_of(dtype, op->param[i] * 2));
    }
    if (op->count == 2) add_around(&l, op->param[0] / 2 + op->param[1] / 2);
    static const double edge[] = {1.0,     0.5,     2.0,    1.5,     3.0,      6.0,       0x1p-12, 0x1p-23,  0x1p-24, 0x1p-25, 0x1p-52,
                                  0x1p-53, 0x1p-54, 0x1p24, 0x1p25,  0x1p26,   16777215., 0x1p53,  0x1p54,   0x1p63,  0x1p64,  1.8e19,
                                  1.9e19,  0x1p-64, 0x1p31, 0x1p100, 0x1p-100, 0x1p126,   0x1p127, 0x1p-140, 1e-40,   1e30,    1.0 / 3};
    for (size_t i = 0; i < sizeof edge / sizeof edge[0]; i++) add_around(&l, edge[i]);
    for (int e = f64 ? -1074 : -149; e < (f64 ? 1024 : 128); e += f64 ? 23 : 3) add(&l, bits_of(dtype, ldexp(e % 2 != 0 ? -1.0 : 1.0, e)));
    if (l.count % 2 == 0) add(&l, bits_of(dtype, 1.25));
    return l.count;
}

/* Two thirds within twice the knees' span, the rest anywhere, some with few bits so that sums and quotients land on ties. */
static uint64_t range_pattern(const ramp_op *op, ramp_dtype dtype, uint64_t *state) {
    uint64_t draw = random_next(state);
    double lo = op->count == 2 ? op->param[0] : -4.0, hi = op->count == 2 ? op->param[1] : 4.0;
    if (isinf(lo)) lo = -8.0;
    if (isinf(hi)) hi = 8.0;
    double unit = random_unit(state), at = lo * (1 - unit) + hi * unit;
    switch (draw % 6) {
    case 0:
    case 1: return bits_of(dtype, at);
    case 2: return bits_of(dtype, at + (unit - 0.5) * (hi / 2 - lo / 2));
    case 3: return bits_of(dtype, ldexp((double)(int)(draw >> 40) - 0x1p23, (int)(draw >> 8) % 48 - 24));
    case 4: return bits_step(dtype, bits_of(dtype, draw & 64 ? lo : hi), (int)((draw >> 8) % 4096) - 2048);
    default:
        return bits_of(dtype,
                       ldexp(2 * unit - 1, (int)((draw >> 8) % (dtype == RAMP_F64 ? 2090 : 280)) - (dtype == RAMP_F64 ? 1070 : 150)));
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
    default: return dtype == RAMP_F64 ? random_next(state) : random_next(state) >> 32;
    }
}

void inputs_fill(input_kind kind, const ramp_op *op, ramp_dtype dtype, uint64_t seed, size_t step, void *array, size_t n) {
    uint64_t special[special_capacity], state = seed;
    size_t specials = kind == INPUT_SPECIAL ? inputs_special(op, dtype, special) : 1;
    for (size_t i = 0; i < n; i++) {
        uint64_t pattern = 0;
        switch (kind) {
        case INPUT_SPECIAL: pattern = special[(seed + i / step) % specials]; break;
        case INPUT_STRIDE: pattern = dtype == RAMP_F64 ? random_next(&state) : (uint32_t)(seed + i * step); break;
        case INPUT_RANGE: pattern = range_pattern(op, dtype, &state); break;
        case INPUT_ONE: pattern = bits_of(dtype, 1.0); break;
        case INPUT_MIXED: pattern = mixed_pattern(dtype, &state); break;
        }
        bits_store(dtype, array, i, pattern);
    }
}
