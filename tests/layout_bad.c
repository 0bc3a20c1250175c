/* layout_bad.c: a good case with one thing wrong. The call must give the status that ramp.h has for it, in a sentence, and write nothing. */
#include "layout.h"
#include "bits.h"

#include <stdio.h>
#include <string.h>

/* One way to be wrong. 0: this case cannot be wrong in that way. The views may change as well as the tensors made of them. */
typedef struct spoiler {
    const char *what;
    int (*spoil)(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state);
} spoiler;

/* One of the operands that the case has, the mask among them or not. */
static role draw_role(const layout_case *c, int with_mask, uint64_t *state) {
    for (;;) {
        role r = (role)draw_below(state, role_count);
        if (c->view[r].used && (with_mask || r != ROLE_MASK)) return r;
    }
}

/* A dimension of two elements or more, or -1. */
static int draw_dimension(const layout_case *c, uint64_t *state) {
    int list[RAMP_MAX_DIMS], n = 0;
    for (int d = 0; d < c->ndim; d++)
        if (c->shape[d] > 1) list[n++] = d;
    return n > 0 ? list[draw_below(state, (uint64_t)n)] : -1;
}

static int is_empty(const layout_case *c) { return layout_count(c) == 0; }

/* ---- Shapes ---- */

static int ndim_of_17(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    static const int32_t bad[] = {17, -1, INT32_MAX, INT32_MIN, 18};
    const int32_t ndim = bad[draw_below(state, 5)];
    (void)s, (void)c;
    for (int r = 0; r < role_count; r++) t[r].ndim = ndim;
    return 1;
}

static int negative_size(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    static const int64_t bad[] = {-1, -7, INT64_MIN};
    const int64_t size = bad[draw_below(state, 3)];
    (void)s;
    if (c->ndim == 0) return 0;
    const uint64_t d = draw_below(state, (uint64_t)c->ndim);
    for (int r = 0; r < role_count; r++) t[r].shape[d] = size;
    return 1;
}

/* A size of 0 elsewhere would make it right. */
static int sizes_overflow(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    (void)s;
    if (c->ndim < 2) return 0;
    const int a = (int)draw_below(state, (uint64_t)c->ndim), b = (a + 1 + (int)draw_below(state, (uint64_t)c->ndim - 1)) % c->ndim;
    for (int r = 0; r < role_count; r++) {
        t[r].shape[a] = INT64_C(1) << 40;
        t[r].shape[b] = INT64_C(3) << 40;
    }
    for (int d = 0; d < c->ndim; d++)
        if (t[ROLE_Y].shape[d] == 0) return 0;
    return 1;
}

static int another_shape(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    const role r = draw_role(c, 1, state);
    const int d = draw_dimension(c, state);
    (void)s;
    if (c->ndim == RAMP_MAX_DIMS || (d < 0 && c->ndim == 0)) return 0;
    if (d >= 0 && draw_once_in(state, 2)) {
        t[r].shape[d]--;
        if (r == ROLE_MASK) return 0; /* it is not dense then, which is another thing wrong */
        return 1;
    }
    t[r].shape[c->ndim] = 1;
    t[r].strides[c->ndim] = 1;
    t[r].ndim++;
    return 1;
}

/* ---- Strides and addresses ---- */

static int reach_overflows(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    static const int64_t far[] = {INT64_MAX, INT64_MIN, INT64_C(1) << 61, -(INT64_C(1) << 61), INT64_MAX / 2, INT64_MIN + 1};
    const int d = draw_dimension(c, state);
    (void)s;
    if (d < 0 || is_empty(c)) return 0;
    t[draw_role(c, 1, state)].strides[d] = far[draw_below(state, 6)];
    return 1;
}

static int huge_offset(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    static const uint64_t far[] = {UINT64_MAX - 7, UINT64_C(1) << 63, (UINT64_C(1) << 62) + 8, INT64_MAX - 7};
    (void)s;
    if (is_empty(c)) return 0;
    t[draw_role(c, 1, state)].byte_offset = far[draw_below(state, 4)];
    return 1;
}

static int null_data(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    (void)s;
    if (is_empty(c)) return 0;
    t[draw_role(c, 1, state)].data = NULL;
    return 1;
}

static int misaligned(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    (void)s;
    if (is_empty(c)) return 0;
    t[draw_role(c, 0, state)].byte_offset += 1 + draw_below(state, bits_size(c->dtype) - 1);
    return 1;
}

/* Only where the backend knows how large memory is. */
static int before_the_buffer(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    const int d = draw_dimension(c, state);
    if (s->has_addresses || d < 0 || is_empty(c)) return 0;
    const role r = draw_role(c, 0, state);
    t[r].byte_offset = 0;
    for (int i = 0; i < c->ndim; i++) t[r].strides[i] = c->view[r].strides[i];
    t[r].strides[d] = -1 - (int64_t)draw_below(state, 5);
    return 1;
}

static int past_the_buffer(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    if (s->has_addresses || is_empty(c)) return 0;
    const role r = draw_role(c, 1, state);
    t[r].byte_offset = memory_bytes + 8 * draw_below(state, 1000);
    return 1;
}

/* ---- dtypes, masks, saved kinds ---- */

static int another_dtype(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    (void)s;
    ramp_dtype dtype = (ramp_dtype)(RAMP_F32 + (int)draw_below(state, 5));
    const role r = draw_role(c, 1, state);
    if (dtype == t[r].dtype) return 0;
    if (is_empty(c) && r == ROLE_MASK) return 0;
    t[r].dtype = dtype;
    return 1;
}

static int mask_not_dense(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    const int d = draw_dimension(c, state);
    (void)s;
    if (!c->view[ROLE_MASK].used || d < 0 || is_empty(c)) return 0;
    int64_t *stride = &t[ROLE_MASK].strides[d];
    switch (draw_below(state, 4)) {
    case 0: *stride = -*stride; break;
    case 1: *stride = 0; break;
    case 2: *stride += 1; break;
    default:
        for (int i = 0; i < c->ndim; i++)
            if (c->shape[i] > 1) t[ROLE_MASK].strides[i] *= 2;
    }
    if (draw_below(state, 2) == 0) return 1;
    for (int i = 0; i < c->ndim; i++) /* and no longer in order, whatever was meant */
        if (c->shape[i] > 1) t[ROLE_MASK].strides[i] = 8 * (i + 1);
    return 1;
}

static int mask_of_none(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    static const ramp_op_id without[] = {RAMP_SOFTSIGN, RAMP_SILU, RAMP_TANH, RAMP_RELU_SQUARED};
    (void)s, (void)t;
    if (!c->view[ROLE_MASK].used) return 0;
    c->op = ramp_op_default(without[draw_below(state, 4)]);
    return 1;
}

static int output_of_none(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    static const ramp_op without[] = {{RAMP_SOFTSIGN, 0, {0.0}},
                                      {RAMP_GELU, 0, {0.0}},
                                      {RAMP_LEAKY_RELU, 1, {-0.5}},
                                      {RAMP_ELU, 1, {-1.0}},
                                      {RAMP_THRESHOLD, 2, {1.0, 2.0}}};
    (void)s, (void)t;
    if (!c->backward || c->saved == RAMP_SAVED_MASK) return 0;
    c->saved = RAMP_SAVED_OUTPUT;
    c->op = without[draw_below(state, 5)];
    return 1;
}

static int no_such_kind(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    static const int bad[] = {-1, 3, 99};
    (void)s, (void)t;
    if (!c->backward || c->saved == RAMP_SAVED_MASK) return 0;
    c->saved = (ramp_saved)bad[draw_below(state, 3)];
    return 1;
}

/* ---- Overlap ---- */

static int output_broadcast(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    const int d = draw_dimension(c, state);
    (void)s;
    if (d < 0 || is_empty(c)) return 0;
    t[ROLE_Y].strides[d] = 0;
    return 1;
}

/* What the views of c say, as tensors; and the memories for them. 0: it would be right, or does not fit. */
static int remake(layout_session *s, layout_case *c, ramp_tensor *t) {
    if (layout_prepare(s, c) != VERDICT_NO_CASE || strstr(s->words, "overlaps") == NULL) return 0;
    for (int r = 0; r < role_count; r++) t[r] = layout_tensor(s, c, (role)r);
    return 1;
}

static int output_on_itself(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    view *y = &c->view[ROLE_Y];
    const int64_t range = 1 + (int64_t)draw_below(state, 40);
    int64_t low, high;
    if (is_empty(c) || layout_count(c) > 5000 || draw_dimension(c, state) < 0) return 0;
    c->in_place = not_in_place;
    c->in_place_all = 0;
    y->memory = ROLE_Y;
    for (int d = 0; d < c->ndim; d++) y->strides[d] = (int64_t)draw_below(state, (uint64_t)(2 * range + 1)) - range;
    layout_reach(c, y->strides, &low, &high);
    y->start = guard_front - low * (int64_t)bits_size(c->dtype);
    y->ahead = 0;
    return layout_repeats(c, y->strides) && remake(s, c, t);
}

static int is_same_view(const layout_case *c, const view *a, const view *b) {
    for (int d = 0; d < c->ndim; d++)
        if (c->shape[d] > 1 && a->strides[d] != b->strides[d]) return 0;
    return a->start == b->start;
}

/* The output lies on an input, but not exactly so: shifted, turned round or in another order. */
static int output_on_input(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    const int64_t size = (int64_t)bits_size(c->dtype);
    view *y = &c->view[ROLE_Y];
    role r = draw_role(c, 0, state);
    int64_t low, high;
    if (is_empty(c) || r == ROLE_Y) return 0;
    view *x = &c->view[r];
    c->in_place = not_in_place;
    c->in_place_all = 0;
    y->memory = x->memory;
    if (draw_once_in(state, 2)) memcpy(y->strides, x->strides, sizeof y->strides);
    if (layout_count(c) > 5000 || layout_repeats(c, y->strides)) layout_densify(c, y->strides);
    if (draw_once_in(state, 4) && c->ndim > 1) {
        const int64_t moved = y->strides[0];
        memmove(y->strides, y->strides + 1, (size_t)(c->ndim - 1) * sizeof moved);
        y->strides[c->ndim - 1] = moved;
        layout_densify(c, y->strides);
    }
    layout_reach(c, x->strides, &low, &high);
    const int64_t from = x->start + low * size, to = x->start + high * size;
    layout_reach(c, y->strides, &low, &high);
    const int64_t length = (high - low) * size, first = from > length + guard_front ? from - length : guard_front;
    y->start =
        (draw_once_in(state, 2) ? from : first + (int64_t)draw_below(state, (uint64_t)((to - first) / size + 1)) * size) - low * size;
    y->start = x->start + (y->start - x->start) / size * size; /* as aligned as x is */
    if (y->ahead > y->start) y->ahead = 0;
    for (int i = ROLE_X; i <= ROLE_DY; i++) /* exactly one of them would be right */
        if (c->view[i].used && c->view[i].memory == y->memory && is_same_view(c, &c->view[i], y)) return 0;
    return remake(s, c, t);
}

static int mask_on_tensor(layout_session *s, layout_case *c, ramp_tensor *t, uint64_t *state) {
    view *mask = &c->view[ROLE_MASK];
    const role r = c->backward ? ROLE_Y : draw_role(c, 0, state);
    int64_t low, high;
    if (!mask->used || is_empty(c)) return 0;
    const view *on = &c->view[r];
    layout_reach(c, on->strides, &low, &high);
    low = on->start + low * (int64_t)bits_size(c->dtype);
    high = on->start + (high + 1) * (int64_t)bits_size(c->dtype);
    mask->memory = on->memory;
    mask->start = low + (int64_t)draw_below(state, (uint64_t)(high - low));
    mask->ahead = 0;
    return remake(s, c, t);
}

static const spoiler spoilers[] = {
    {"17 dimensions, or fewer than 0", ndim_of_17},
    {"a negative size", negative_size},
    {"sizes whose product overflows", sizes_overflow},
    {"an operand of another shape", another_shape},
    {"a stride that reaches too far", reach_overflows},
    {"a byte offset that is too large", huge_offset},
    {"data NULL", null_data},
    {"an operand that is not aligned", misaligned},
    {"a tensor that begins before its buffer", before_the_buffer},
    {"a tensor past the end of its buffer", past_the_buffer},
    {"an operand of another dtype", another_dtype},
    {"a mask that is not dense", mask_not_dense},
    {"a mask for an op that has none", mask_of_none},
    {"the output, where it does not tell", output_of_none},
    {"no such saved kind", no_such_kind},
    {"an output that is broadcast", output_broadcast},
    {"an output on itself", output_on_itself},
    {"an output on an input, in part", output_on_input},
    {"a mask on another operand", mask_on_tensor},
};
enum { spoiler_count = sizeof spoilers / sizeof spoilers[0], overlaps = 4 }; /* the last four, which few cases can have */

static unsigned long long counts[spoiler_count]; /* of cases that were wrong in that way */

void layout_print_bad(void) {
    for (int i = 0; i < spoiler_count; i++) printf("%8llu with %s\n", counts[i], spoilers[i].what);
}

verdict layout_run_bad(layout_session *s, const layout_case *good) {
    uint64_t state = good->shift;
    ramp_tensor t[role_count];
    size_t at = 0;
    for (int tries = 0; tries < 200; tries++) {
        const uint64_t from = draw_once_in(&state, 2) ? 0 : spoiler_count - overlaps;
        const spoiler *way = &spoilers[from + draw_below(&state, spoiler_count - from)];
        layout_case c = *good;
        verdict v = layout_prepare(s, &c);
        if (v != VERDICT_RIGHT) return v;
        for (int r = 0; r < role_count; r++) t[r] = layout_tensor(s, &c, (role)r);
        if (!way->spoil(s, &c, t, &state)) continue;
        ramp_status status = layout_upload(s);
        if (status != RAMP_OK) return layout_say(s, VERDICT_WRONG, "the upload gave %s: %s", ramp_status_name(status), ramp_last_error());
        status = layout_call(s, &c, t);
        if (status != RAMP_ERROR_ARGUMENT || ramp_last_error()[0] == '\0') {
            char words[600];
            snprintf(words, sizeof words, "%s", status == RAMP_OK ? "" : ramp_last_error());
            layout_print_tensors(&c, t);
            return layout_say(s, VERDICT_WRONG, "with %s: the call gave %s (%s), not RAMP_ERROR_ARGUMENT", way->what,
                              ramp_status_name(status), words);
        }
        status = layout_download(s);
        if (status != RAMP_OK) return layout_say(s, VERDICT_WRONG, "the download gave %s: %s", ramp_status_name(status), ramp_last_error());
        if (layout_damage(s, 1, &at) >= 0) return layout_say(s, VERDICT_WRONG, "with %s: the refused call wrote byte %zu", way->what, at);
        s->bad_cases++;
        counts[way - spoilers]++;
        return VERDICT_RIGHT;
    }
    return layout_say(s, VERDICT_WRONG, "no way was found to make this case wrong");
}
