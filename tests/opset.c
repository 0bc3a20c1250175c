#include "opset.h"
#include "bits.h"
#include "reference.h"

#include <math.h>
#include <string.h>

size_t opset_fill(ramp_dtype dtype, ramp_op *list) {
    size_t count = 0;
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        ramp_op op;
        if (ramp_op_describe(i, &info) != RAMP_OK) continue;
        if (!reference_has(info.id)) list[count++] = ramp_op_default(info.id); /* it will fail, and is meant to */
        for (size_t set = 0; reference_set(info.id, set, &op) && count < opset_capacity; set++)
            if (ramp_op_saves(&op, dtype) != 0) list[count++] = op;
    }
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

/* A number of the type, or, for 16-bit types, half the time of the float that parameters are rounded to. */
static double random_knee(ramp_dtype stored, uint64_t *state) {
    uint64_t draw = random_next(state);
    const ramp_dtype dtype = bits_size(stored) == 2 && draw >> 62 & 1 ? RAMP_F32 : stored;
    int low = dtype == RAMP_F64 ? -1074 : -149, high = dtype == RAMP_F64 ? 1024 : 128;
    double size = 1.0 + random_unit(state);
    if (draw % 3 == 0) size = 1.0 + (double)(draw >> 8 & 7) / 8; /* few bits: ties */
    int exponent = low + (int)((draw >> 16) % (uint64_t)(high - low));
    if (draw % 8 < 4) exponent = (int)((draw >> 16) % 40) - 20;
    if (draw % 16 == 15) exponent = low + (int)((draw >> 16) % 30);
    if (draw % 64 == 14) exponent = 2000; /* infinity */
    return bits_value(dtype, bits_of(dtype, ldexp(draw % 16 == 7 ? 0.0 : draw >> 63 ? -size : size, exponent)));
}

/* One in three a hardsigmoid, whose formula depends most on its parameters; the others alike. */
static ramp_op random_op(uint64_t draw) {
    ramp_op op = ramp_op_default(RAMP_HARDSIGMOID);
    if (draw % 3 == 0) return op;
    for (draw /= 3; op.id == RAMP_HARDSIGMOID || op.count == 0; draw = draw * 6364136223846793005u + 1)
        op = ramp_op_default((ramp_op_id)(1 + (draw >> 33) % ramp_op_count()));
    return op;
}

ramp_op opset_random(ramp_dtype dtype, uint64_t *state) {
    for (;;) {
        uint64_t draw = random_next(state);
        ramp_op op = random_op(random_next(state));
        double lo = random_knee(dtype, state), hi = random_knee(dtype, state);
        if (draw % 5 == 1) hi = bits_value(dtype, bits_step(dtype, bits_of(dtype, lo), 1 + (int)(draw >> 8 & 15)));
        if (draw % 5 == 2) lo = -hi;
        if (draw % 5 == 3) hi = lo + ldexp(1.0, (int)(draw >> 8 & 63) - 32);
        op.param[0] = lo;
        if (op.count > 1) op.param[1] = bits_value(dtype, bits_of(dtype, hi));
        if (ramp_op_saves(&op, dtype) != 0) return op;
    }
}

const char *opset_text(const ramp_op *op, char *text) {
    if (ramp_op_format(op, text, 160) != RAMP_OK) strcpy(text, "?");
    return text;
}
