/*
 * overlap.c: two strided views share a byte if and only if an equation has a solution in whole numbers:
 *
 *   c0 z0 + c1 z1 + ... = t,  0 <= zk <= nk
 *
 * where the c are the strides, made positive by counting from the other end, and t is the distance between the views. That is hard in
 * general, so the search, from the largest stride down, stops after a fixed number of steps. What real programs have (dense, sliced,
 * transposed, interleaved) is settled within a few: a remainder too large for the strides left, or not a multiple of their common divisor, is
 * given up at once, and the last two strides are solved by Euclid's algorithm.
 */
#include "overlap.h"

enum { max_terms = 2 * RAMP_MAX_DIMS + 1, max_steps = 20000 };

__extension__ typedef unsigned __int128 wide;

typedef struct equation {
    int count;
    uint64_t c[max_terms], n[max_terms];                   /* strides falling; how often each can be taken */
    uint64_t reach[max_terms + 1], divisor[max_terms + 1]; /* of the terms from here on: their largest sum, their greatest common divisor */
    uint64_t modulus[max_terms], inverse[max_terms]; /* only every `modulus`th z leaves a multiple of what divides the terms after it */
    uint64_t target;
    int steps;
} equation;

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* a^-1 modulo m, which share no divisor; m > 1. */
static uint64_t inverse(uint64_t a, uint64_t m) {
    uint64_t r0 = m, r1 = a % m, x0 = 0, x1 = 1;
    while (r1 > 1) {
        uint64_t q = r0 / r1, r = r0 % r1;
        uint64_t product = (uint64_t)((wide)q * x1 % m), x = x0 >= product ? x0 - product : x0 + (m - product);
        r0 = r1, r1 = r;
        x0 = x1, x1 = x;
    }
    return x1;
}

/* Insert c taken 0 to n times. */
static void add_term(equation *e, uint64_t c, uint64_t n) {
    int at = e->count;
    if (c == 0 || n == 0) return;
    for (int k = 0; k < e->count; k++)
        if (e->c[k] == c) {
            e->n[k] += n;
            return;
        }
    for (; at > 0 && e->c[at - 1] < c; at--) e->c[at] = e->c[at - 1], e->n[at] = e->n[at - 1];
    e->c[at] = c;
    e->n[at] = n;
    e->count++;
}

/* Is there a solution that makes `left` of the terms from k on? Every one of the values tried is a step. */
static overlap search(equation *e, int k, uint64_t left) {
    if (left == 0) return OVERLAP_SOME;
    if (k == e->count || left > e->reach[k] || left % e->divisor[k] != 0) return OVERLAP_NONE;
    const uint64_t c = e->c[k], rest = e->reach[k + 1], modulus = e->modulus[k];
    const uint64_t high = left / c < e->n[k] ? left / c : e->n[k];
    uint64_t low = left > rest ? (left - rest - 1) / c + 1 : 0;
    if (k + 1 == e->count) return high * c == left ? OVERLAP_SOME : OVERLAP_NONE;
    if (modulus > 1) {
        uint64_t first = (uint64_t)((wide)(left / e->divisor[k] % modulus) * e->inverse[k] % modulus), skew = low % modulus;
        uint64_t ahead = first >= skew ? first - skew : first + (modulus - skew);
        if (low > high || ahead > high - low) return OVERLAP_NONE;
        low += ahead;
    }
    if (k + 2 == e->count) return low <= high ? OVERLAP_SOME : OVERLAP_NONE; /* the last term takes whatever is left */
    overlap found = OVERLAP_NONE;
    while (low <= high) {
        if (++e->steps > max_steps) return OVERLAP_UNKNOWN;
        found = search(e, k + 1, left - low * c);
        if (found != OVERLAP_NONE || high - low < modulus) return found;
        low += modulus;
    }
    return found;
}

static overlap solve(equation *e) {
    e->reach[e->count] = e->divisor[e->count] = 0;
    for (int k = e->count - 1; k >= 0; k--) {
        e->reach[k] = e->reach[k + 1] + e->c[k] * e->n[k];
        e->divisor[k] = greatest_common_divisor(e->c[k], e->divisor[k + 1]);
        e->modulus[k] = e->divisor[k + 1] / e->divisor[k];
        if (e->modulus[k] > 1) e->inverse[k] = inverse(e->c[k] / e->divisor[k], e->modulus[k]);
    }
    return search(e, 0, e->target);
}

static uint64_t magnitude(int64_t stride) { return stride < 0 ? 0 - (uint64_t)stride : (uint64_t)stride; }

/* The lowest address and the number of bytes from there to the end. */
static void bounds(const memory_view *v, uint64_t *lowest, uint64_t *bytes) {
    *lowest = v->address;
    *bytes = v->size;
    for (int i = 0; i < v->ndim; i++) {
        uint64_t span = magnitude(v->strides[i]) * (uint64_t)(v->shape[i] - 1) * v->size;
        if (v->strides[i] < 0) *lowest -= span;
        *bytes += span;
    }
}

/* Counted from the lowest address of a and from the highest of b, all terms are positive: A element minus B element + B's size - 1 from 0 to the
 * sum of the sizes less 2. */
overlap overlap_between(const memory_view *a, const memory_view *b) {
    uint64_t a_low, a_bytes, b_low, b_bytes;
    if (a->space != b->space) return OVERLAP_NONE;
    bounds(a, &a_low, &a_bytes);
    bounds(b, &b_low, &b_bytes);
    if (a_low >= b_low ? a_low - b_low >= b_bytes : b_low - a_low >= a_bytes) return OVERLAP_NONE;
    equation e = {.count = 0};
    uint64_t unit = 1;
    if (a->size == b->size)
        unit = a->size; /* both are aligned to it: they share all of an element or nothing */
    else
        add_term(&e, 1, (uint64_t)a->size + b->size - 2);
    for (int i = 0; i < a->ndim; i++) add_term(&e, magnitude(a->strides[i]) * a->size / unit, (uint64_t)a->shape[i] - 1);
    for (int i = 0; i < b->ndim; i++) add_term(&e, magnitude(b->strides[i]) * b->size / unit, (uint64_t)b->shape[i] - 1);
    /* The terms of b count down from its last element. */
    uint64_t last = b_low + (b_bytes - b->size);
    e.target = a->size == b->size ? (last - a_low) / unit : last + b->size - 1 - a_low;
    return solve(&e);
}

/* b steps along a's stride come to the same place as a steps along b's, both divided by what divides both: if there are so many of each, the two overlap,
 * whatever the other dimensions are. Not all that overlap do so by two alone, but a search may not end. */
static int meets(uint64_t a, uint64_t a_most, uint64_t b, uint64_t b_most) {
    if (a == 0 || b == 0) return 1;
    const uint64_t divisor = greatest_common_divisor(a, b);
    return b / divisor <= a_most && a / divisor <= b_most;
}

/* Two elements at one place: the differences of their indices solve the equation with 0. The first that is not 0, of dimension f, may be taken
 * positive. */
overlap overlap_within(const memory_view *v) {
    uint64_t stride[RAMP_MAX_DIMS], most[RAMP_MAX_DIMS], inner = 0;
    int nested = 1;
    for (int i = 0; i < v->ndim; i++) { /* by insertion, falling */
        int at = i;
        for (; at > 0 && stride[at - 1] < magnitude(v->strides[i]); at--) stride[at] = stride[at - 1], most[at] = most[at - 1];
        stride[at] = magnitude(v->strides[i]);
        most[at] = (uint64_t)v->shape[i] - 1;
    }
    for (int i = v->ndim - 1; i >= 0; i--) {
        if (stride[i] <= inner) nested = 0;
        inner += stride[i] * most[i];
    }
    if (nested) return OVERLAP_NONE; /* each stride passes all that those below it reach */
    for (int i = 0; i < v->ndim; i++)
        for (int k = i + 1; k < v->ndim; k++)
            if (meets(stride[i], most[i], stride[k], most[k])) return OVERLAP_SOME;
    int steps = 0, unknown = 0;
    for (int f = 0; f < v->ndim; f++) {
        equation e = {.steps = steps};
        uint64_t below = 0;
        if (stride[f] == 0) return OVERLAP_SOME;
        for (int k = f + 1; k < v->ndim; k++) {
            below += stride[k] * most[k];
            add_term(&e, stride[k], 2 * most[k]);
        }
        add_term(&e, stride[f], most[f] - 1);
        if (below < stride[f]) continue;
        e.target = below - stride[f];
        overlap found = solve(&e);
        if (found == OVERLAP_SOME) return found;
        if (found == OVERLAP_UNKNOWN) unknown = 1;
        steps = e.steps;
    }
    return unknown ? OVERLAP_UNKNOWN : OVERLAP_NONE;
}
