/* layout_index.c: where an element is, by its definition: the sum of index times stride, made anew for each. */
#include "layout.h"
#include "bits.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

verdict layout_say(layout_session *s, verdict v, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->words, sizeof s->words, format, arguments);
    va_end(arguments);
    return v;
}

uint64_t draw_below(uint64_t *state, uint64_t n) { return random_next(state) % n; }
int draw_once_in(uint64_t *state, uint64_t n) { return draw_below(state, n) == 0; }

uint64_t layout_count(const layout_case *c) {
    uint64_t count = 1;
    for (int d = 0; d < c->ndim; d++) count *= (uint64_t)c->shape[d];
    return count;
}

void layout_first(int64_t *index) {
    for (int d = 0; d < RAMP_MAX_DIMS; d++) index[d] = 0;
}

void layout_next(const layout_case *c, int64_t *index) {
    for (int d = c->ndim - 1; d >= 0; d--) {
        if (++index[d] < c->shape[d]) return;
        index[d] = 0;
    }
}

static int64_t sum_of(const layout_case *c, const int64_t *strides, const int64_t *index) {
    int64_t sum = 0;
    for (int d = 0; d < c->ndim; d++) sum += index[d] * strides[d];
    return sum;
}

int64_t layout_byte(const layout_case *c, const view *v, const int64_t *index) {
    return v->start + sum_of(c, v->strides, index) * (int64_t)bits_size(c->dtype);
}

int64_t layout_bit(const layout_case *c, const view *v, const int64_t *index) { return sum_of(c, v->strides, index); }

void layout_reach(const layout_case *c, const int64_t *strides, int64_t *low, int64_t *high) {
    *low = *high = 0;
    for (int d = 0; d < c->ndim; d++) {
        if (c->shape[d] <= 1) continue; /* its stride may be any number */
        int64_t span = strides[d] * (c->shape[d] - 1);
        *(span < 0 ? low : high) += span;
    }
}

static int64_t magnitude(int64_t stride) { return stride == INT64_MIN ? INT64_MAX : stride < 0 ? -stride : stride; }

void layout_densify(const layout_case *c, int64_t *strides) {
    int done[RAMP_MAX_DIMS] = {0};
    int64_t dense[RAMP_MAX_DIMS] = {0}, running = 1;
    for (int i = 0; i < c->ndim; i++) {
        int least = -1; /* the last one of the smallest */
        for (int d = c->ndim - 1; d >= 0; d--)
            if (!done[d] && (least < 0 || magnitude(strides[d]) < magnitude(strides[least]))) least = d;
        done[least] = 1;
        dense[least] = running;
        running *= c->shape[least] > 0 ? c->shape[least] : 1;
    }
    memcpy(strides, dense, sizeof dense);
}

void layout_row_major(const layout_case *c, int64_t *strides) {
    int64_t running = 1;
    for (int d = c->ndim - 1; d >= 0; d--) {
        strides[d] = running;
        running *= c->shape[d] > 0 ? c->shape[d] : 1;
    }
}

size_t layout_mask_bytes(const layout_case *c) { return (size_t)((layout_count(c) + 7) / 8); }

static int compare(const void *a, const void *b) {
    const int64_t l = *(const int64_t *)a, r = *(const int64_t *)b;
    return l < r ? -1 : l > r;
}

int layout_repeats(const layout_case *c, const int64_t *strides) {
    const size_t n = (size_t)layout_count(c);
    int64_t index[RAMP_MAX_DIMS], *at = malloc((n + 1) * sizeof *at);
    int repeats = 0;
    if (at == NULL) return 1;
    layout_first(index);
    for (size_t i = 0; i < n; i++, layout_next(c, index)) at[i] = sum_of(c, strides, index);
    qsort(at, n, sizeof *at, compare);
    for (size_t i = 1; i < n; i++) repeats |= at[i] == at[i - 1];
    free(at);
    return repeats;
}
