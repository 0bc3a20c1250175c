/*
 * layout_shrink.c: a failing case, made simpler for as long as it fails: the default op, fewer dimensions, smaller sizes, dense tensors in memories
 * of their own. Each step is tried alone, and all of them again until none helps.
 */
#include "layout.h"
#include "bits.h"

#include <stdio.h>
#include <string.h>

enum { most_runs = 3000 };

typedef struct hunt {
    layout_session *s;
    layout_case best;
    char words[sizeof((layout_session *)0)->words]; /* what was wrong with it */
    int runs, helped;
} hunt;

/* The output goes where its input goes. */
static void follow(layout_case *c) {
    if (c->in_place == not_in_place) return;
    const view *from = &c->view[c->in_place];
    c->view[ROLE_Y].memory = from->memory;
    c->view[ROLE_Y].start = from->start;
    memcpy(c->view[ROLE_Y].strides, from->strides, sizeof from->strides);
    if (c->in_place_all) c->view[ROLE_DY] = c->view[ROLE_X];
}

/* A mask stays dense whatever the sizes. Where a tensor no longer reaches below its first element, it need not begin so far on. */
static void repair(layout_case *c) {
    for (int d = c->ndim; d < RAMP_MAX_DIMS; d++) {
        c->shape[d] = 0;
        for (int r = 0; r < role_count; r++) c->view[r].strides[d] = 0;
    }
    layout_densify(c, c->view[ROLE_MASK].strides);
    follow(c);
    for (int r = 0; r < role_count; r++)
        if (c->view[r].ahead > c->view[r].start) c->view[r].ahead = 0;
}

static void attempt(hunt *h, const layout_case *changed) {
    layout_case c = *changed;
    repair(&c);
    if (h->runs >= most_runs || memcmp(&c, &h->best, sizeof c) == 0) return;
    h->runs++;
    if (layout_run(h->s, &c) != VERDICT_WRONG) return;
    h->best = c;
    memcpy(h->words, h->s->words, sizeof h->words);
    h->helped = 1;
}

/* ---- The steps ---- */

static void simplify_op(hunt *h) {
    layout_case c = h->best;
    if (c.op.id != RAMP_RELU) {
        c.op = ramp_op_default(RAMP_RELU); /* it saves all there is */
        attempt(h, &c);
    }
    c = h->best;
    c.op = ramp_op_default(c.op.id);
    if (ramp_op_saves(&c.op, c.dtype) >> c.saved & 1) attempt(h, &c);
    c = h->best;
    if (c.dtype != RAMP_F32) {
        const int64_t size = (int64_t)bits_size(c.dtype);
        c.dtype = RAMP_F32;
        for (int r = ROLE_X; r <= ROLE_Y; r++) c.view[r].start = guard_front + (c.view[r].start - guard_front) / size * 4;
        attempt(h, &c);
    }
    c = h->best;
    c.input = INPUT_RANGE;
    c.gradient = INPUT_ONE;
    c.shift = 1;
    attempt(h, &c);
}

static void simplify_kind(hunt *h) {
    layout_case c = h->best;
    c.data_is_null = 0;
    attempt(h, &c);
    c = h->best;
    if (!c.backward && c.view[ROLE_MASK].used) {
        c.view[ROLE_MASK].used = 0;
        attempt(h, &c);
    }
    c = h->best;
    if (c.backward && c.saved != RAMP_SAVED_INPUT) {
        if (c.saved == RAMP_SAVED_MASK) c.view[ROLE_X] = (view){.used = 1, .memory = ROLE_X, .start = guard_front};
        if (c.saved == RAMP_SAVED_MASK) layout_row_major(&c, c.view[ROLE_X].strides);
        c.view[ROLE_MASK].used = 0;
        c.saved = RAMP_SAVED_INPUT;
        attempt(h, &c);
    }
    c = h->best;
    if (c.backward && c.saved == RAMP_SAVED_INPUT && c.in_place != ROLE_DY) {
        c.view[ROLE_DY].used = c.backward = c.in_place_all = 0;
        attempt(h, &c);
    }
}

static void remove_dimension(layout_case *c, int d) {
    const size_t rest = (size_t)(c->ndim - 1 - d) * sizeof(int64_t);
    memmove(&c->shape[d], &c->shape[d + 1], rest);
    for (int r = 0; r < role_count; r++) memmove(&c->view[r].strides[d], &c->view[r].strides[d + 1], rest);
    c->ndim--;
}

static void simplify_shape(hunt *h) {
    for (int d = h->best.ndim - 1; d >= 0; d--) {
        layout_case c = h->best;
        if (d >= c.ndim) continue;
        remove_dimension(&c, d);
        attempt(h, &c);
    }
    for (int d = 0; d < h->best.ndim; d++) {
        const int64_t size = h->best.shape[d], tries[] = {1, 2, 3, size / 8, size / 2, size - 4, size - 1};
        for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
            layout_case c = h->best;
            if (d >= c.ndim || tries[i] < 1 || tries[i] >= c.shape[d]) continue;
            c.shape[d] = tries[i];
            attempt(h, &c);
        }
    }
}

static void start_low(layout_case *c, view *v) {
    int64_t low, high;
    layout_reach(c, v->strides, &low, &high);
    v->start = guard_front - low * (int64_t)bits_size(c->dtype);
}

static void simplify_memory(hunt *h) {
    layout_case c = h->best;
    for (int r = 0; r < role_count; r++) {
        c.view[r].memory = r;
        if (r == ROLE_MASK)
            c.view[r].start = guard_front;
        else
            start_low(&c, &c.view[r]);
    }
    attempt(h, &c);
    c = h->best;
    for (int r = 0; r < role_count; r++) c.view[r].ahead = 0;
    attempt(h, &c);
    c = h->best;
    if (c.in_place != not_in_place) {
        c.in_place = not_in_place;
        c.in_place_all = 0;
        c.view[ROLE_Y].memory = ROLE_Y;
        attempt(h, &c);
    }
}

/* Dense; else dense in its own order; else the same without what goes down; else from the lowest place. */
static void simplify_view(hunt *h, role r) {
    for (int step = 0; step < 5; step++) {
        layout_case c = h->best;
        view *v = &c.view[r];
        if (!v->used || (r == ROLE_Y && c.in_place != not_in_place)) return;
        if (step == 0) layout_row_major(&c, v->strides);
        if (step == 1) layout_densify(&c, v->strides);
        for (int d = 0; d < c.ndim && step == 2; d++)
            if (v->strides[d] < 0 || c.shape[d] == 1) v->strides[d] = c.shape[d] == 1 ? 1 : -v->strides[d];
        if (step < 4 && r != ROLE_MASK) start_low(&c, v);
        if (step == 4 && r == ROLE_MASK) v->start = guard_front;
        if (step == 4 && r != ROLE_MASK && v->start % 64 != 0) v->start -= v->start % 64;
        attempt(h, &c);
    }
    for (int d = 0; d < h->best.ndim; d++) { /* one dimension's stride alone */
        layout_case c = h->best;
        if (c.view[r].strides[d] >= 0 || c.shape[d] == 1) continue;
        c.view[r].strides[d] = -c.view[r].strides[d];
        start_low(&c, &c.view[r]);
        attempt(h, &c);
    }
}

layout_case layout_shrink(layout_session *s, const layout_case *failing) {
    hunt h = {.s = s, .best = *failing, .helped = 1};
    memcpy(h.words, s->words, sizeof h.words);
    while (h.helped && h.runs < most_runs) {
        h.helped = 0;
        simplify_shape(&h);
        simplify_memory(&h);
        simplify_op(&h);
        simplify_kind(&h);
        for (int r = 0; r < role_count; r++) simplify_view(&h, (role)r);
    }
    memcpy(s->words, h.words, sizeof h.words);
    return h.best;
}
