/* layout_draw.c: a case at random. The same seed and number give the same case, whatever came before. */
#include "layout.h"
#include "bits.h"
#include "reference.h"

#include <string.h>

/* ---- The op, and what is asked of it ---- */

static ramp_dtype draw_dtype(const layout_session *s, uint64_t *state) {
    for (;;) {
        ramp_dtype dtype = (ramp_dtype)(RAMP_F32 + (int)draw_below(state, 4));
        if (s->only != 0 ? dtype == s->only : (s->dtypes >> dtype & 1) != 0) return dtype;
    }
}

static ramp_op draw_op(const layout_session *s, ramp_dtype dtype, uint64_t *state) {
    const op_list *list = &s->list[dtype];
    if (s->op_names == NULL && draw_once_in(state, 3)) return opset_random(dtype, state);
    return list->op[draw_below(state, list->count)];
}

static void draw_call(const layout_session *s, layout_case *c, uint64_t *state) {
    const uint64_t kind = draw_below(state, 16);
    unsigned wants = kind >= 12 || kind == 5 || kind == 6 ? 1u << RAMP_SAVED_MASK
                     : kind >= 10                         ? 1u << RAMP_SAVED_OUTPUT
                                                          : 1u << RAMP_SAVED_INPUT;
    c->dtype = draw_dtype(s, state);
    c->backward = kind >= 7;
    c->saved = !c->backward || kind < 10 ? RAMP_SAVED_INPUT : kind < 12 ? RAMP_SAVED_OUTPUT : RAMP_SAVED_MASK;
    c->op = draw_op(s, c->dtype, state);
    for (int tries = 0; (ramp_op_saves(&c->op, c->dtype) & wants) == 0; tries++) {
        if (tries == 64) {
            c->saved = RAMP_SAVED_INPUT;
            wants = 1u << RAMP_SAVED_INPUT;
        }
        c->op = draw_op(s, c->dtype, state);
    }
    c->view[ROLE_X].used = c->saved != RAMP_SAVED_MASK;
    c->view[ROLE_DY].used = c->backward;
    c->view[ROLE_Y].used = 1;
    c->view[ROLE_MASK].used = wants == 1u << RAMP_SAVED_MASK;
    static const input_kind inputs[] = {INPUT_SPECIAL, INPUT_SPECIAL, INPUT_STRIDE, INPUT_RANGE};
    static const input_kind gradients[] = {INPUT_ONE, INPUT_SPECIAL, INPUT_RANGE, INPUT_MIXED};
    c->input = inputs[draw_below(state, 8) < 5 ? 3 : draw_below(state, 3)];
    c->gradient = gradients[draw_below(state, 8) < 4 ? 3 : draw_below(state, 3)];
    c->shift = random_next(state);
}

/* ---- The shape ---- */

/* Beside and at the widths of vectors, blocks and tiles. */
static const int64_t listed_sizes[] = {2,    3,    4,    5,    7,    8,    9,     11,    13,    15,     16,     17,
                                       23,   31,   32,   33,   63,   64,   65,    97,    127,   128,    129,    251,
                                       255,  256,  257,  509,  511,  512,  513,   1009,  1023,  1024,   1025,   2047,
                                       2049, 4093, 4096, 4099, 8191, 8192, 10007, 16384, 65537, 131071, 262144, 999983};

static int64_t draw_size(uint64_t *state, uint64_t most) {
    if (draw_once_in(state, 10)) return 1;
    if (most < 2) return 1;
    if (draw_below(state, 4) == 0) return 1 + (int64_t)draw_below(state, most < 40 ? most : 40);
    size_t fit = 0;
    while (fit < sizeof listed_sizes / sizeof listed_sizes[0] && (uint64_t)listed_sizes[fit] <= most) fit++;
    return listed_sizes[draw_below(state, 2) ? fit - 1 - draw_below(state, fit < 4 ? fit : 4) : draw_below(state, fit)];
}

static int draw_ndim(uint64_t *state) {
    static const int often[] = {1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5};
    const uint64_t draw = draw_below(state, 64);
    if (draw == 0) return 0;
    if (draw < 5) return 9 + (int)draw_below(state, 8);
    if (draw < 11) return 5 + (int)draw_below(state, 4);
    return often[draw_below(state, 15)];
}

/* Most cases are small, up to some 10^4 elements, and one in 512 is large. */
static void draw_shape(layout_case *c, uint64_t *state) {
    const uint64_t most = draw_once_in(state, 512)  ? 100000 + draw_below(state, 900000)
                          : draw_once_in(state, 12) ? 1 + draw_below(state, 20000)
                                                    : 1 + (UINT64_C(2) << draw_below(state, 12));
    uint64_t left = most;
    int64_t size[RAMP_MAX_DIMS];
    c->ndim = draw_ndim(state);
    for (int i = 0; i < c->ndim; i++) {
        size[i] = draw_size(state, c->ndim > 5 && left > 8 && i + 1 < c->ndim ? 5 : left);
        left /= (uint64_t)size[i];
    }
    for (int i = 0; i < c->ndim; i++) { /* shuffled: the large ones came first */
        int at = (int)draw_below(state, (uint64_t)i + 1);
        c->shape[i] = c->shape[at];
        c->shape[at] = size[i];
    }
    if (c->ndim > 0 && draw_once_in(state, 100)) c->shape[draw_below(state, (uint64_t)c->ndim)] = 0;
}

/* ---- Strides ---- */

typedef struct order {
    int dim[RAMP_MAX_DIMS]; /* from the largest stride to the smallest */
} order;

static void shuffle(order *o, int n, uint64_t *state) {
    for (int i = 0; i < n; i++) {
        int at = (int)draw_below(state, (uint64_t)i + 1);
        o->dim[i] = o->dim[at];
        o->dim[at] = i;
    }
}

static order draw_order(const layout_case *c, const order *common, uint64_t *state) {
    order o;
    for (int i = 0; i < RAMP_MAX_DIMS; i++) o.dim[i] = i;
    const uint64_t draw = draw_below(state, 20);
    if (draw < 6 || c->ndim < 2) return o;
    if (draw < 12) return *common;
    if (draw < 16) {
        int a = c->ndim - 2, b = c->ndim - 1;
        if (draw < 13) a = (int)draw_below(state, (uint64_t)c->ndim), b = (int)draw_below(state, (uint64_t)c->ndim);
        o.dim[a] = b;
        o.dim[b] = a;
        return o;
    }
    shuffle(&o, c->ndim, state);
    return o;
}

/* What a draw of strides may do. */
typedef struct freedom {
    int steps, gaps, negative, broadcast;
} freedom;

static freedom draw_freedom(uint64_t *state, int is_input) {
    const uint64_t draw = random_next(state);
    if (draw % 4 == 0) return (freedom){0, 0, 0, 0};
    return (freedom){draw >> 8 & 1, draw >> 9 & 1, (draw >> 10 & 3) == 0, is_input && (draw >> 12 & 7) < 3};
}

/* Several operands in one run of memory that never touch: along `dim`, each has a slot of its own, element by element or row by row. */
typedef struct slots {
    int dim; /* -1: none */
    int count, by_rows;
    int64_t pitch; /* from one slot to the next, in elements */
} slots;

/* A size of 1 may have any stride. */
static int64_t stride_of_one(uint64_t *state) {
    static const int64_t any[] = {1, 0, -1, 77, -5, INT64_MAX, INT64_MIN, INT64_C(1) << 40};
    return any[draw_below(state, 8)];
}

/* No two elements in one place, but where it is broadcast. 0: it reaches too far. */
static int draw_nested(const layout_case *c, const order *o, const freedom *f, slots *slot, uint64_t *state, int64_t *strides) {
    const uint64_t count = layout_count(c);
    const int64_t size = (int64_t)bits_size(c->dtype), most = memory_bytes / 6 / size, fair = (int64_t)count * 40 + 4096;
    int64_t running = 1;
    for (int i = c->ndim - 1; i >= 0; i--) {
        const int d = o->dim[i], has_slot = d == slot->dim;
        const int64_t n = c->shape[d];
        if (n <= 1 && !has_slot) {
            strides[d] = stride_of_one(state);
            continue;
        }
        if (f->broadcast && !has_slot && draw_once_in(state, 2)) {
            strides[d] = 0;
            continue;
        }
        int64_t step = f->steps && draw_once_in(state, 2) ? 2 + (int64_t)draw_below(state, draw_once_in(state, 8) ? 31 : 3) : 1;
        int64_t gap = f->gaps && draw_once_in(state, 2) ? 1 + (int64_t)draw_below(state, draw_once_in(state, 8) ? 64 : 9) : 0;
        if (has_slot && !slot->by_rows) {
            slot->pitch = running * step;
            step *= slot->count;
        }
        strides[d] = running * step;
        if (has_slot && slot->by_rows) slot->pitch = running * step * n;
        running *= step * n * (has_slot && slot->by_rows ? slot->count : 1) + gap;
        if (running > most || (running > fair && running > 16 * (int64_t)count * (slot->count + 1))) return 0;
    }
    return 1;
}

/* Windows that overlap and other inputs that no slicing makes; outputs too, where by luck no two elements share a place. */
static int draw_wild(const layout_case *c, int is_input, uint64_t *state, int64_t *strides) {
    const uint64_t range = 3 + draw_below(state, 30);
    if (layout_count(c) > 4096) return 0;
    for (int tries = 0; tries < 8; tries++) {
        for (int d = 0; d < c->ndim; d++) strides[d] = (int64_t)draw_below(state, 2 * range + 1) - (int64_t)range;
        if (is_input || !layout_repeats(c, strides)) return 1;
    }
    return 0;
}

static void turn_some(const layout_case *c, uint64_t *state, int64_t *strides) {
    for (int d = 0; d < c->ndim; d++)
        if (c->shape[d] > 1 && draw_once_in(state, 2)) strides[d] = -strides[d];
}

static void draw_strides(const layout_case *c, const order *common, int is_input, uint64_t *state, int64_t *strides) {
    slots none = {.dim = -1, .count = 0};
    freedom f = draw_freedom(state, is_input);
    const order o = draw_order(c, common, state);
    const int wild = draw_once_in(state, 16);
    if (wild && draw_wild(c, is_input, state, strides)) return;
    if (!draw_nested(c, &o, &f, &none, state, strides)) {
        f = (freedom){0, 0, f.negative, 0};
        draw_nested(c, &o, &f, &none, state, strides);
    }
    if (f.negative) turn_some(c, state, strides);
}

/* ---- Where in memory ---- */

/* So that the first byte it touches is `at`. */
static void begin_at(const layout_case *c, view *v, int64_t at) {
    int64_t low, high;
    layout_reach(c, v->strides, &low, &high);
    v->start = at - low * (int64_t)bits_size(c->dtype);
}

static int64_t draw_offset(uint64_t *state, int64_t unit) {
    return draw_below(state, 5) < 2 ? 0 : unit * (int64_t)draw_below(state, 64 / (uint64_t)unit + 1);
}

static int64_t bytes_of(const layout_case *c, const view *v) {
    int64_t low, high;
    layout_reach(c, v->strides, &low, &high);
    return (high - low + 1) * (int64_t)bits_size(c->dtype);
}

/* Each in a memory of its own. */
static void arrange_apart(layout_case *c, const order *common, uint64_t *state) {
    for (int r = ROLE_X; r <= ROLE_Y; r++) {
        view *v = &c->view[r];
        v->memory = r;
        draw_strides(c, common, r != ROLE_Y && r != c->in_place, state, v->strides);
        begin_at(c, v, guard_front + draw_offset(state, (int64_t)bits_size(c->dtype)));
    }
}

/* The inputs share some of their memory. */
static void arrange_shared_inputs(layout_case *c, const order *common, uint64_t *state) {
    arrange_apart(c, common, state);
    c->in_place = not_in_place; /* else the output would share it */
    if (c->saved != RAMP_SAVED_INPUT || !c->backward) return;
    c->view[ROLE_DY].memory = ROLE_X;
    begin_at(c, &c->view[ROLE_DY], guard_front + (int64_t)bits_size(c->dtype) * (int64_t)draw_below(state, 1 + layout_count(c) / 2));
}

/* In one run of memory, side by side and never touching: even and odd columns, left and right halves of rows. */
static int arrange_slots(layout_case *c, const order *common, uint64_t *state) {
    slots slot = {.dim = -1, .count = 2 + (int)draw_below(state, 3), .by_rows = draw_once_in(state, 2)};
    freedom f = draw_freedom(state, 0);
    int64_t base[RAMP_MAX_DIMS];
    int first = (int)draw_below(state, 4), taken = 0;
    const int64_t size = (int64_t)bits_size(c->dtype), at = guard_front + draw_offset(state, size);
    if (c->ndim == 0 || layout_count(c) == 0) return 0;
    slot.dim = (int)draw_below(state, (uint64_t)c->ndim);
    for (int r = ROLE_X; r <= ROLE_Y; r++) taken += c->view[r].used;
    if (slot.count < taken) slot.count = taken;
    const order o = draw_order(c, common, state);
    if (!draw_nested(c, &o, &f, &slot, state, base)) return 0;
    c->in_place = not_in_place;
    for (int r = ROLE_X; r <= ROLE_Y; r++) {
        view *v = &c->view[r];
        int64_t low, high;
        if (!v->used) continue;
        memcpy(v->strides, base, sizeof base);
        layout_reach(c, v->strides, &low, &high); /* before any of it is turned round: the elements stay where they are */
        v->start = at + (slot.pitch * (first++ % slot.count) - low) * size;
        for (int d = 0; d < c->ndim; d++) {
            if (c->shape[d] <= 1) continue;
            if (r != ROLE_Y && d != slot.dim && draw_once_in(state, 12))
                v->strides[d] = 0;
            else if (draw_once_in(state, 8)) {
                v->start += v->strides[d] * (c->shape[d] - 1) * size;
                v->strides[d] = -v->strides[d];
            }
        }
        v->memory = ROLE_X;
    }
    return 1;
}

/* In one memory, one after the other with nothing between them. */
static void arrange_neighbours(layout_case *c, const order *common, uint64_t *state) {
    arrange_apart(c, common, state);
    const int64_t size = (int64_t)bits_size(c->dtype);
    int64_t at = guard_front + draw_offset(state, size);
    const int first = (int)draw_below(state, role_count);
    for (int i = 0; i < role_count; i++) {
        const int r = (first + i) % role_count;
        view *v = &c->view[r];
        if (!v->used || (r == ROLE_Y && c->in_place != not_in_place)) continue;
        v->memory = ROLE_X;
        if (r == ROLE_MASK) {
            v->start = at;
            at += (int64_t)layout_mask_bytes(c);
            continue;
        }
        at = (at + size - 1) / size * size;
        begin_at(c, v, at);
        at += bytes_of(c, v);
    }
}

static void draw_mask(layout_case *c, const order *common, uint64_t *state) {
    view *v = &c->view[ROLE_MASK];
    const order o = draw_order(c, common, state);
    if (v->memory != ROLE_X) v->start = guard_front + (draw_below(state, 5) < 2 ? 0 : (int64_t)draw_below(state, 17));
    int64_t running = 1;
    for (int i = c->ndim - 1; i >= 0; i--) {
        const int d = o.dim[i];
        v->strides[d] = c->shape[d] == 1 ? stride_of_one(state) : running;
        running *= c->shape[d] > 0 ? c->shape[d] : 1;
    }
}

/* The output is one of the inputs: the same address and strides, but for what a size of 1 has. */
static void draw_in_place(layout_case *c, uint64_t *state) {
    const view *from = &c->view[c->in_place];
    c->view[ROLE_Y].memory = from->memory;
    c->view[ROLE_Y].start = from->start;
    for (int d = 0; d < c->ndim; d++) c->view[ROLE_Y].strides[d] = c->shape[d] == 1 ? stride_of_one(state) : from->strides[d];
}

static void arrange(layout_case *c, uint64_t *state) {
    order common;
    const uint64_t draw = draw_below(state, 20);
    for (int i = 0; i < RAMP_MAX_DIMS; i++) common.dim[i] = i;
    shuffle(&common, c->ndim, state);
    c->in_place = not_in_place;
    c->view[ROLE_MASK].memory = ROLE_MASK;
    if (draw_once_in(state, 4)) c->in_place = c->backward && (c->saved == RAMP_SAVED_MASK || draw_once_in(state, 2)) ? ROLE_DY : ROLE_X;
    if (draw < 3 && arrange_slots(c, &common, state)) {
        draw_mask(c, &common, state);
        return;
    }
    if (draw == 4)
        arrange_shared_inputs(c, &common, state);
    else if (draw < 8)
        arrange_neighbours(c, &common, state);
    else
        arrange_apart(c, &common, state);
    if (c->in_place != not_in_place) draw_in_place(c, state);
    c->in_place_all = c->backward && c->in_place == ROLE_X && draw_once_in(state, 4);
    if (c->in_place_all) c->view[ROLE_DY] = c->view[ROLE_X];
    draw_mask(c, &common, state);
}

layout_case layout_draw(const layout_session *s, uint64_t id) {
    uint64_t state = s->seed * 0x9E3779B97F4A7C15u + id;
    layout_case c = {.id = id, .in_place = not_in_place};
    state = random_next(&state);
    draw_call(s, &c, &state);
    draw_shape(&c, &state);
    arrange(&c, &state);
    c.data_is_null = layout_count(&c) == 0 && draw_once_in(&state, 4);
    for (int r = 0; r < role_count; r++) {
        view *v = &c.view[r];
        const uint64_t draw = draw_below(&state, 3);
        if (v->used && layout_count(&c) > 0)
            v->ahead = draw == 0 ? 0 : draw == 1 ? v->start : (int64_t)draw_below(&state, (uint64_t)v->start + 1);
        if (v->used && layout_count(&c) == 0) v->start = guard_front;
        if (!v->used) *v = (view){.used = 0};
    }
    return c;
}
