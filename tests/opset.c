#include "opset.h"
#include "bits.h"

#include <math.h>
#include <string.h>

typedef struct set {
    ramp_op_id id;
    int f32, f64; /* the parameters are within the limit in this type */
    double lo, hi;
} set;

static const set sets[] = {
    {RAMP_HARDSIGMOID, 1, 1, -2.7, 1.3},
    {RAMP_HARDSIGMOID, 1, 1, 0.1, 0.3},
    {RAMP_HARDSIGMOID, 1, 1, 0.0, 6.0},
    {RAMP_HARDSIGMOID, 1, 1, -6.0, -0.0},
    {RAMP_HARDSIGMOID, 1, 1, -1e-3, 7e4},
    {RAMP_HARDSIGMOID, 1, 1, 1e10, 1.5e10},
    {RAMP_HARDSIGMOID, 1, 1, -1e30, 2e30},
    {RAMP_HARDSIGMOID, 1, 1, 1e-30, 1e30},
    {RAMP_HARDSIGMOID, 1, 1, -0x1p-149, 0x1p100}, /* lo moves a tie by far less than 113 bits see */
    {RAMP_HARDSIGMOID, 1, 1, -3e-40, 1e-39},
    {RAMP_HARDSIGMOID, 1, 1, -1.7e38, 1.7e38},
    {RAMP_HARDSIGMOID, 1, 1, 0.0, 1e-42},
    {RAMP_HARDSIGMOID, 1, 1, 0.0, 0x1p-149},
    {RAMP_HARDSIGMOID, 0, 1, 1.0, 1.0 + 0x1p-52},
    {RAMP_HARDSIGMOID, 0, 1, 1e300, 1.5e300},
    {RAMP_HARDSIGMOID, 0, 1, -1e300, 1e308},
    {RAMP_HARDSIGMOID, 0, 1, 1e-300, 1e300},
    {RAMP_HARDSIGMOID, 0, 1, -3e-310, 1e-309},
    {RAMP_HARDSIGMOID, 0, 1, -8.9e307, 8.9e307},
    {RAMP_HARDSIGMOID, 0, 1, 0.0, 1e-320},
    {RAMP_HARDTANH, 1, 1, 0.0, 6.0},
    {RAMP_HARDTANH, 1, 1, -INFINITY, 1.0},
    {RAMP_HARDTANH, 1, 1, -1.0, INFINITY},
    {RAMP_HARDTANH, 1, 1, -INFINITY, INFINITY},
    {RAMP_HARDTANH, 1, 1, -0.1, 0.1},
    {RAMP_HARDTANH, 1, 1, -0.0, 1.0},
    {RAMP_HARDTANH, 1, 1, -1.0, -0.0},
    {RAMP_HARDTANH, 1, 1, -1.0, 0.0},
    {RAMP_HARDTANH, 1, 1, 2.0, 3.0},
    {RAMP_HARDTANH, 1, 1, -3e-40, 1e-39},
    {RAMP_HARDTANH, 1, 1, -0x1p-149, 0x1p-149},
    {RAMP_HARDTANH, 1, 1, -3e38, 3e38},
    {RAMP_HARDTANH, 0, 1, -3e-310, 1e-309},
    {RAMP_HARDTANH, 0, 1, -0x1p-1074, 1e308},
};

size_t opset_fill(ramp_dtype dtype, ramp_op *list) {
    size_t count = 0;
    ramp_op keras;
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        if (ramp_op_describe(i, &info) == RAMP_OK) list[count++] = ramp_op_default(info.id);
    }
    if (ramp_op_hardsigmoid(0.2, 0.5, &keras) == RAMP_OK) list[count++] = keras;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0] && count < opset_capacity; i++)
        if (dtype == RAMP_F64 ? sets[i].f64 : sets[i].f32) list[count++] = (ramp_op){sets[i].id, 2, {sets[i].lo, sets[i].hi}};
    return count;
}

size_t opset_select(const char *text, ramp_dtype dtype, ramp_op *list) {
    size_t all = opset_fill(dtype, list), count = 0;
    ramp_op op;
    if (strcmp(text, "all") == 0) return all;
    if (ramp_op_parse(text, &op) != RAMP_OK) return 0;
    if (strchr(text, ':') != NULL) {
        list[0] = op;
        return 1;
    }
    for (size_t i = 0; i < all; i++)
        if (list[i].id == op.id) list[count++] = list[i];
    return count;
}

static double random_knee(ramp_dtype dtype, uint64_t *state) {
    uint64_t draw = random_next(state);
    int low = dtype == RAMP_F64 ? -1074 : -149, high = dtype == RAMP_F64 ? 1024 : 128;
    double size = 1.0 + random_unit(state);
    if (draw % 3 == 0) size = 1.0 + (double)(draw >> 8 & 7) / 8; /* few bits: ties */
    int exponent = low + (int)((draw >> 16) % (uint64_t)(high - low));
    if (draw % 8 < 4) exponent = (int)((draw >> 16) % 40) - 20;
    if (draw % 16 == 15) exponent = low + (int)((draw >> 16) % 30);
    double value = ldexp(draw % 16 == 7 ? 0.0 : draw >> 63 ? -size : size, exponent);
    return dtype == RAMP_F64 ? value : (double)(float)value;
}

/* What ramp.h says of parameters, in the type. */
static int is_valid(ramp_dtype dtype, ramp_op_id id, double lo, double hi) {
    double span = dtype == RAMP_F64 ? hi - lo : (double)((float)hi - (float)lo);
    return lo < hi && (id == RAMP_HARDTANH || (isfinite(lo) && isfinite(hi) && isfinite(span)));
}

ramp_op opset_random(ramp_dtype dtype, uint64_t *state) {
    for (;;) {
        uint64_t draw = random_next(state);
        ramp_op_id id = draw % 8 == 0 ? RAMP_HARDTANH : RAMP_HARDSIGMOID;
        double lo = random_knee(dtype, state), hi = random_knee(dtype, state);
        if (draw % 5 == 1) hi = bits_value(dtype, bits_step(dtype, bits_of(dtype, lo), 1 + (int)(draw >> 8 & 15)));
        if (draw % 5 == 2) lo = -hi;
        if (draw % 5 == 3) hi = lo + ldexp(1.0, (int)(draw >> 8 & 63) - 32);
        if (dtype != RAMP_F64) hi = (double)(float)hi;
        if (is_valid(dtype, id, lo, hi)) return (ramp_op){id, 2, {lo, hi}};
    }
}

const char *opset_text(const ramp_op *op, char *text) {
    if (ramp_op_format(op, text, 160) != RAMP_OK) strcpy(text, "?");
    return text;
}
