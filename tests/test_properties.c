/*
 * test_properties.c: what holds for neighbouring results and for the whole range of an op, bit for bit, and not just within ulps: a monotone op
 * never falls, an odd one is odd, a bounded one stays in its bounds. On the CPU backend: the others have its bits.
 *
 *   test_properties [--all]     --all: every float, not strata of them; minutes
 */
#include "bits.h"
#include "check.h"
#include "inputs.h"
#include "opset.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { longest = 1 << 20, usual = 4096 };

typedef struct subject {
    ramp_device *device;
    ramp_op op;
    ramp_dtype dtype;
    int is_default, is_monotone, is_odd;
    double low, high;
    void *x, *y, *mirror; /* of `longest` elements */
    unsigned long long falls, odd_ones, out;
} subject;

/* Numbers in order, from -infinity to infinity, have the keys -bits_infinity to bits_infinity; 0 is +0. */
static uint64_t pattern_of(ramp_dtype dtype, int64_t key) {
    uint64_t sign = UINT64_C(1) << (8 * bits_size(dtype) - 1);
    return key < 0 ? sign | (uint64_t)-key : (uint64_t)key;
}

static int64_t key_of(ramp_dtype dtype, uint64_t pattern) {
    uint64_t sign = UINT64_C(1) << (8 * bits_size(dtype) - 1);
    return pattern & sign ? -(int64_t)(pattern & ~sign) : (int64_t)pattern;
}

static int forward(const subject *s, const void *x, void *y, size_t n) {
    int64_t shape = (int64_t)n;
    ramp_tensor tx = ramp_tensor_dense((void *)(uintptr_t)x, s->dtype, 1, &shape), ty = ramp_tensor_dense(y, s->dtype, 1, &shape);
    return CHECK_STATUS(ramp_forward(s->device, &s->op, &tx, &ty, NULL), RAMP_OK);
}

static double at(const subject *s, const void *array, size_t i) { return bits_value(s->dtype, bits_load(s->dtype, array, i)); }

static void say(const subject *s, const char *what, size_t i) {
    char text[160];
    CHECK(0, "%s %s %s at x = %a, y = %a", opset_text(&s->op, text), bits_name(s->dtype), what, at(s, s->x, i), at(s, s->y, i));
}

/* Where the definition itself falls, so may the op: softplus at its threshold. */
static int is_definitions_own(const subject *s, size_t i) {
    return reference_forward(&s->op, s->dtype, at(s, s->x, i - 1)) > reference_forward(&s->op, s->dtype, at(s, s->x, i));
}

/* n neighbours from `key` on. */
static void check_run(subject *s, int64_t key, size_t n) {
    int64_t last = (int64_t)bits_infinity(s->dtype);
    if (key > last) return;
    if (key < -last) key = -last;
    if (key + (int64_t)n - 1 > last) n = (size_t)(last - key + 1);
    for (size_t i = 0; i < n; i++) bits_store(s->dtype, s->x, i, pattern_of(s->dtype, key + (int64_t)i));
    if (!forward(s, s->x, s->y, n)) return;
    for (size_t i = 0; i < n; i++) {
        double y = at(s, s->y, i);
        if (!(y >= s->low && y <= s->high) && s->out++ == 0) say(s, "is out of its bounds", i);
        if (s->is_monotone && i > 0 && y < at(s, s->y, i - 1) && !is_definitions_own(s, i) && s->falls++ == 0) say(s, "falls", i);
    }
    check_add(n, 0);
    if (!s->is_odd) return;
    for (size_t i = 0; i < n; i++) bits_store(s->dtype, s->mirror, i, pattern_of(s->dtype, -key - (int64_t)i));
    if (!forward(s, s->mirror, s->mirror, n)) return;
    for (size_t i = 0; i < n; i++)
        if (at(s, s->y, i) != -at(s, s->mirror, i) && s->odd_ones++ == 0) say(s, "is not odd", i);
}

/* f16 and bf16: all. Else runs in each binade or in some, from its beginning and from anywhere, and one about each special value. */
static void check_strata(subject *s, int all) {
    uint64_t special[special_capacity], state = 7;
    int64_t infinity = (int64_t)bits_infinity(s->dtype), binade = INT64_C(1) << bits_mantissa(s->dtype);
    size_t specials = inputs_special(&s->op, s->dtype, special);
    int64_t run = bits_size(s->dtype) == 2 || all ? longest : usual;
    if (bits_size(s->dtype) == 2 || all) {
        for (int64_t key = -infinity; key < infinity; key += run - 1) check_run(s, key, (size_t)run);
        return;
    }
    int64_t stride = (s->dtype == RAMP_F64 ? 5 : 1) * (s->is_default ? 1 : 7) * binade;
    for (int64_t key = -infinity; key < infinity; key = key < infinity - stride ? key + stride : infinity) {
        check_run(s, key - usual / 2, usual);
        check_run(s, key + (int64_t)(random_next(&state) % (uint64_t)binade), usual);
    }
    for (size_t i = 0; i < specials; i++)
        if (!bits_is_nan(s->dtype, special[i])) check_run(s, key_of(s->dtype, special[i]) - 128, 256);
}

static void check_op(subject *s, const ramp_op *op, int all) {
    ramp_op plain = ramp_op_default(op->id), narrow = *op;
    ramp_op_info info;
    ramp_dtype type = s->dtype == RAMP_F64 ? RAMP_F64 : RAMP_F32;
    for (uint32_t i = 0; i < op->count; i++) narrow.param[i] = bits_value(type, bits_of(type, op->param[i]));
    if (!CHECK_STATUS(ramp_op_describe((size_t)op->id - 1, &info), RAMP_OK) || !reference_bounds(&narrow, &s->low, &s->high)) return;
    s->op = *op;
    s->low = bits_value(s->dtype, bits_of(s->dtype, s->low));
    s->high = bits_value(s->dtype, bits_of(s->dtype, s->high));
    s->is_default = memcmp(&plain, op, sizeof plain) == 0;
    s->is_monotone = s->is_default && (info.traits & RAMP_TRAIT_MONOTONE) != 0;
    s->is_odd = (info.traits & RAMP_TRAIT_ODD) != 0;
    s->falls = s->odd_ones = s->out = 0;
    check_strata(s, all && s->dtype == RAMP_F32);
    char text[160];
    unsigned long long more = s->falls + s->odd_ones + s->out;
    CHECK(more == 0, "%s %s: %llu falls, %llu not odd, %llu out of bounds", opset_text(op, text), bits_name(s->dtype), s->falls,
          s->odd_ones, s->out);
}

int main(int argc, char **argv) {
    static ramp_op list[opset_capacity];
    subject s = {.device = NULL};
    int all = argc > 1 && strcmp(argv[1], "--all") == 0;
    s.x = malloc(longest * 8), s.y = malloc(longest * 8), s.mirror = malloc(longest * 8);
    if (CHECK(s.x != NULL && s.y != NULL && s.mirror != NULL, "no memory") && CHECK_STATUS(ramp_device_open(&s.device, "cpu"), RAMP_OK))
        for (s.dtype = RAMP_F32; s.dtype <= RAMP_BF16; s.dtype = (ramp_dtype)(s.dtype + 1)) {
            size_t count = opset_fill(s.dtype, list);
            for (size_t i = 0; i < count && (!all || s.dtype == RAMP_F32); i++) check_op(&s, &list[i], all);
        }
    free(s.x), free(s.y), free(s.mirror);
    ramp_device_close(s.device);
    return check_finish("test_properties");
}
