/*
 * test_emulation.c: division and fma made of integers (kernels/emulation.h) against the processor's own: every pair and triple of special
 * values, and random ones in strata, most of them made to land on a rounding's edge: ties, cancellation, subnormal results, overflow.
 */
#define RAMP_DTYPE_F32 1
#define RAMP_NO_DIVIDE 1
#define RAMP_NO_FMA    1
#include "../kernels/dialect.h"
#include "../kernels/emulation.h"
#include "bits.h"
#include "check.h"

#include <math.h>

enum { most_specials = 128, random_count = 12000000 };

static float from_bits(uint32_t pattern) { return (float)bits_value(RAMP_F32, pattern); }
static uint32_t to_bits(float value) { return (uint32_t)bits_of(RAMP_F32, (double)value); }
static float neighbour(float value, int steps) {
    return isnan(value) ? value : from_bits((uint32_t)bits_step(RAMP_F32, to_bits(value), steps));
}

static void check_divide(float a, float b) {
    volatile float want = a / b; /* by the processor, when the program runs */
    float got = real_divide(a, b);
    check_add(1, 0);
    if (!bits_same(RAMP_F32, to_bits(got), to_bits(want))) CHECK(0, "%a / %a: got %a, want %a", a, b, got, want);
}

static void check_fma(float a, float b, float c) {
    float want = fmaf(a, b, c), got = real_fma(a, b, c);
    check_add(1, 0);
    if (!bits_same(RAMP_F32, to_bits(got), to_bits(want))) CHECK(0, "fma(%a, %a, %a): got %a, want %a", a, b, c, got, want);
}

/* ---- Special values ---- */

static size_t fill_specials(float *list) {
    static const float edge[] = {
        0.0f,      0x1p-149f, 0x1p-148f, 0x1.8p-148f, 0x1p-127f,      0x1.fffffcp-127f, 0x1p-126f, 0x1.000002p-126f,
        0x1p-125f, 0x1p-103f, 0x1p-75f,  0x1p-74f,    0x1.8p-63f,     0x1p-24f,         0x1p-23f,  0x1.fffffep-2f,
        0.5f,      1.0f,      1.5f,      3.0f,        0x1.000002p+0f, 0x1.fffffep+0f,   0x1p12f,   0x1.001p+0f,
        0x1p23f,   0x1p24f,   0x1p63f,   0x1p64f,     0x1p74f,        0x1p126f,         0x1p127f,  0x1.fffffep+127f,
        INFINITY,  NAN};
    size_t count = 0;
    for (size_t i = 0; i < sizeof edge / sizeof edge[0]; i++) {
        list[count++] = edge[i];
        list[count++] = -edge[i];
    }
    return count;
}

static void check_specials(void) {
    float list[most_specials];
    size_t count = fill_specials(list);
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b < count; b++) {
            check_divide(list[a], list[b]);
            for (size_t c = 0; c < count; c++) check_fma(list[a], list[b], list[c]);
        }
}

/* ---- Strata ---- */

/* Any exponent, or one near 0; all the fraction's bits, or few; now and then any pattern at all. */
static float random_float(uint64_t *state) {
    uint64_t draw = random_next(state);
    uint32_t fraction = (uint32_t)(draw >> 40) & 0x7fffffu, sign = (uint32_t)(draw >> 32) & 0x80000000u;
    uint32_t exponent = draw & 1 ? 127 - 24 + (uint32_t)(draw >> 8) % 48 : (uint32_t)(draw >> 8) % 255;
    if ((draw & 6) == 2) fraction &= 0x7ff000u;
    if ((draw & 6) == 4) fraction = (draw & 8) != 0 ? 0x7fffffu & ~(fraction & 3u) : fraction & 3u;
    if ((draw & 0x70) == 0) exponent = (draw & 0x80) != 0 ? 0 : 254;
    if ((draw & 0xff0000) == 0) return from_bits((uint32_t)(draw >> 32));
    return from_bits(sign | exponent << 23 | fraction);
}

/* A divisor and a quotient whose product, rounded, is the dividend: the true quotient lies beside a number, or, with one bit more, beside
 * the middle of two. */
static void divide_at_edge(uint64_t *state) {
    uint64_t draw = random_next(state);
    float b = random_float(state), q = random_float(state);
    double middle = (double)q + (draw & 1 ? 0.5 : 0.0) * ((double)neighbour(q, 1) - (double)q);
    float a = (float)((double)b * middle);
    check_divide(neighbour(a, (int)((draw >> 8) % 5) - 2), b);
}

/* c cancels the product, or is half an ulp of it, or a little more or less, or far below such a tie. */
static void fma_at_edge(uint64_t *state) {
    uint64_t draw = random_next(state);
    float a = random_float(state), b = random_float(state), product = a * b, c;
    int steps = (int)((draw >> 8) % 7) - 3;
    switch (draw % 4) {
    case 0: c = neighbour(-product, steps); break;
    case 1: c = neighbour((neighbour(product, 1) - product) * ((draw & 64) != 0 ? 0.5f : -0.5f), steps); break;
    case 2: /* the product is the small one */
        c = random_float(state);
        b = (neighbour(c, 1) - c) * 0.5f / a;
        b = neighbour(b, steps);
        break;
    default: c = ldexpf((draw & 64) != 0 ? 1.0f : -1.0f, (int)((draw >> 8) % 277) - 149); break;
    }
    check_fma(a, b, c);
}

static void check_random(void) {
    uint64_t state = 4;
    for (int i = 0; i < random_count; i++) {
        float a = random_float(&state), b = random_float(&state), c = random_float(&state);
        check_divide(a, b);
        check_fma(a, b, c);
        divide_at_edge(&state);
        fma_at_edge(&state);
    }
}

int main(void) {
    check_specials();
    check_random();
    return check_finish("test_emulation");
}
