#include "patterns.h"
#include "bits.h"

enum { random_count = 28672, reach = 32 }; /* reach: neighbours to either side of a number */

typedef struct list {
    ramp_dtype dtype;
    void *array;
    size_t count;
} list;

static void add(list *l, uint64_t pattern) { bits_store(l->dtype, l->array, l->count++, pattern); }

static uint64_t one_of(ramp_dtype dtype) { return UINT64_C(1) << bits_mantissa(dtype); } /* in the exponent's field */
static uint64_t sign_of(ramp_dtype dtype) { return UINT64_C(1) << (8 * bits_size(dtype) - 1); }

/* v / 2^scale, whose bits past the type's are dropped; a normal number, or v is 0. */
static uint64_t pattern_of(ramp_dtype dtype, uint64_t v, int scale) {
    uint64_t bias = bits_infinity(dtype) >> (bits_mantissa(dtype) + 1);
    int top = 63, mantissa = bits_mantissa(dtype);
    if (v == 0) return 0;
    while (v >> top == 0) top--;
    uint64_t significand = top > mantissa ? v >> (top - mantissa) : v << (mantissa - top);
    return ((uint64_t)((int)bias + top - scale - 1) << mantissa) + significand; /* the first bit counts the exponent on */
}

/* Every magnitude below `limit` as likely as any other. */
static uint64_t below(ramp_dtype dtype, unsigned limit, uint64_t draw) {
    return (draw & 1 ? sign_of(dtype) : 0) | pattern_of(dtype, (draw >> 11) * limit, 53);
}

static uint64_t subnormal(ramp_dtype dtype, uint64_t draw) {
    uint64_t fraction = draw >> (64 - bits_mantissa(dtype));
    return (draw & 1 ? sign_of(dtype) : 0) | fraction >> (draw >> 1 & 15) % (unsigned)bits_mantissa(dtype);
}

static uint64_t anything(ramp_dtype dtype, uint64_t draw) { return draw >> (64 - 8 * bits_size(dtype)); }

/* A number and its negative, with their neighbours. */
static void add_around(list *l, uint64_t pattern) {
    for (int step = -reach; step <= reach; step++) {
        uint64_t near = bits_step(l->dtype, pattern, step);
        add(l, near);
        add(l, near ^ sign_of(l->dtype));
    }
}

static void add_special(list *l) {
    static const unsigned halves[] = {0, 1, 2, 3, 6, 12, 40}; /* where ops have knees, and hand one formula over to another */
    for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++) add_around(l, pattern_of(l->dtype, halves[i], 1));
    add_around(l, one_of(l->dtype)); /* the smallest normal number */
    add_around(l, bits_infinity(l->dtype));
    for (int bit = 0; bit < bits_mantissa(l->dtype); bit++) { /* NaNs of both signs, signalling and quiet */
        add(l, bits_infinity(l->dtype) | UINT64_C(1) << bit);
        add(l, sign_of(l->dtype) | bits_infinity(l->dtype) | (one_of(l->dtype) - 1) >> bit);
    }
}

/* Something of every row of a table whose rows are 1 / 512 wide or more, up to 16: few other inputs tell of a wrong row. */
static void add_rows(list *l) {
    for (uint64_t row = 0; row < 16 * 512; row++) {
        uint64_t pattern = pattern_of(l->dtype, 8 * row + 3, 12);
        add(l, pattern);
        add(l, pattern ^ sign_of(l->dtype));
    }
}

static uint64_t random_x(ramp_dtype dtype, uint64_t draw, uint64_t kind) {
    switch (kind % 8) {
    case 0:
    case 1:
    case 2: return below(dtype, 20, draw);
    case 3: return below(dtype, dtype == RAMP_F64 ? 760 : 110, draw); /* as far as exp(x) is a number, and further */
    case 4: return subnormal(dtype, draw);
    default: return anything(dtype, draw);
    }
}

size_t patterns_x(ramp_dtype dtype, void *array) {
    list l = {dtype, array, 0};
    uint64_t state = 1;
    if (bits_size(dtype) == 2) {
        for (uint64_t i = 0; i < patterns_capacity; i++) add(&l, i);
        return l.count;
    }
    add_special(&l);
    add_rows(&l);
    for (int i = 0; i < random_count || l.count % 2 == 0; i++) {
        uint64_t draw = random_next(&state);
        add(&l, random_x(dtype, draw, random_next(&state)));
    }
    return l.count;
}

static uint64_t random_dy(ramp_dtype dtype, uint64_t draw, uint64_t kind) {
    uint64_t sign = draw & 1 ? sign_of(dtype) : 0, fraction = draw >> (64 - bits_mantissa(dtype));
    switch (kind % 16) {
    case 0:
    case 1: return sign | pattern_of(dtype, 1, 0);
    case 2: return sign | (bits_infinity(dtype) - one_of(dtype)) | fraction; /* huge */
    case 3: return sign | one_of(dtype) | fraction;                          /* tiny */
    case 4: return subnormal(dtype, draw);
    case 5: return sign | (draw & 2 ? bits_infinity(dtype) : 0) | (draw & 4 ? fraction : 0); /* infinity, 0, NaN, subnormal */
    case 6:
    case 7:
    case 8: return below(dtype, 4, draw);
    default: return anything(dtype, draw);
    }
}

size_t patterns_dy(ramp_dtype dtype, void *array) {
    size_t count = patterns_x(dtype, array);
    list l = {dtype, array, 0};
    uint64_t state = 2;
    while (l.count < count) {
        uint64_t draw = random_next(&state);
        add(&l, random_dy(dtype, draw, random_next(&state)));
    }
    return count;
}
