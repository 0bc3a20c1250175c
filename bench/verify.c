#include "verify.h"
#include "lane.h"
#include "layout.h"
#include "program.h"
#include "reference.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ends = 2048, between = 512, small = 65536 };

static void add_piece(verify_sample *s, uint64_t first, uint64_t count) {
    s->first[s->pieces] = first;
    s->count[s->pieces++] = count;
    s->elements += (size_t)count;
}

/* ---- One element of the output, by its number: what went into it ---- */

typedef struct element {
    double x, dy, y; /* y: the stored output, where that is saved */
} element;

/* `stored`: the lane's, of x_count elements, or NULL. */
static element element_of(const bench_case *c, const bench_tile *tile, const void *stored, uint64_t i) {
    bench_operand from = c->pass == PASS_FORWARD ? OPERAND_INPUT : c->saved == RAMP_SAVED_MASK ? OPERAND_MASK : OPERAND_SAVED;
    uint64_t at = layout_place(c, from, i) % tile->x_count, dy_at = layout_place(c, OPERAND_GRADIENT, i) % tile->count;
    return (element){.x = inputs_value(c->dtype, tile->x, at),
                     .dy = inputs_value(c->dtype, tile->dy, dy_at),
                     .y = stored != NULL ? inputs_value(c->dtype, stored, at) : 0.0};
}

/* Whether the gradient is a function of the output as it was stored: from an output that tells which of two slopes it is, it is that of the input. */
static int is_of_output(const bench_case *c) {
    return c->pass == PASS_BACKWARD && c->saved == RAMP_SAVED_OUTPUT && !reference_has_mask(c->op.id);
}

static double right_result(const bench_case *c, const element *e) {
    if (c->pass == PASS_FORWARD) return reference_forward(&c->op, c->dtype, e->x);
    if (is_of_output(c)) return reference_output_backward(&c->op, c->dtype, e->y, e->dy);
    return reference_backward(&c->op, c->dtype, e->x, e->dy);
}

static int holds(const bench_case *c, const element *e, double got) {
    if (c->pass == PASS_FORWARD) return reference_forward_holds(&c->op, c->dtype, e->x, got);
    if (is_of_output(c)) return reference_output_backward_holds(&c->op, c->dtype, e->y, e->dy, got);
    return reference_backward_holds(&c->op, c->dtype, e->x, e->dy, got);
}

/* ---- The sample ---- */

verify_sample verify_new(const bench_case *c, const bench_tile *tile) {
    verify_sample s = {.pieces = 0};
    uint64_t n = layout_extent(c->shape, c->layout, OPERAND_OUTPUT);
    if (n <= small)
        add_piece(&s, 0, n);
    else {
        uint64_t stride = (n - 2 * ends) / (verify_pieces - 2);
        add_piece(&s, 0, ends);
        /* Not at the stride's own multiples: they would all sit at the same place of a page, a row or a block. */
        for (uint64_t i = 0; i < verify_pieces - 2; i++) add_piece(&s, ends + i * stride + i * 977 % (stride - between + 1), between);
        add_piece(&s, n - ends, ends);
    }
    s.want = program_resize(NULL, s.elements, sizeof *s.want);
    size_t at = 0;
    for (size_t p = 0; p < s.pieces; p++)
        for (uint64_t k = 0; k < s.count[p]; k++, at++) {
            uint64_t i = layout_element(c, s.first[p] + k);
            if (i == UINT64_MAX) continue;
            element e = element_of(c, tile, NULL, i);
            s.want[at] = is_of_output(c) ? 0.0 : right_result(c, &e);
        }
    return s;
}

void verify_free(verify_sample *sample) {
    free(sample->want);
    *sample = (verify_sample){.pieces = 0};
}

/* ---- A lane ---- */

/* What is looked at, and what was found. */
typedef struct look {
    bench_lane *lane;
    const bench_case *c;
    const bench_tile *tile;
    const verify_sample *s;
    void *stored;           /* the first x_count elements of what the lane saved: they come again and again, as the tile does */
    unsigned char *scratch; /* a piece of the output, or its bits of the mask */
    size_t wrong;
    char *reason;
    size_t capacity;
} look;

static int writes_mask(const bench_case *c) { return c->pass == PASS_FORWARD && c->saved == RAMP_SAVED_MASK; }

/* The bits of a piece: a mask that is written lies in the order of the elements' numbers. Gaps are of one element. */
static void bits_of_piece(const look *l, size_t piece, uint64_t *from, uint64_t *to) {
    uint64_t first = l->s->first[piece], last = first + l->s->count[piece] - 1;
    *from = layout_element(l->c, first);
    if (*from == UINT64_MAX) *from = layout_element(l->c, first + 1);
    *to = layout_element(l->c, last);
    if (*to == UINT64_MAX) *to = layout_element(l->c, last - 1);
    ++*to;
}

/* The poison is a number that no op gives here, so that what was not written shows. */
static ramp_status poison(const look *l) {
    size_t size = program_dtype_size(l->c->dtype);
    ramp_status status = RAMP_OK;
    memset(l->scratch, inputs_poison, (l->s->elements + 1) * size);
    for (size_t p = 0; p < l->s->pieces && status == RAMP_OK; p++) {
        uint64_t from, to;
        status = lane_write(l->lane, lane_set(l->lane)->y, (size_t)l->s->first[p] * size, l->scratch, (size_t)l->s->count[p] * size);
        if (status != RAMP_OK || !writes_mask(l->c)) continue;
        bits_of_piece(l, p, &from, &to);
        status = lane_write(l->lane, lane_set(l->lane)->saved, (size_t)(from / 8), l->scratch, (size_t)((to + 7) / 8 - from / 8));
    }
    return status;
}

/* The first fault is the one that is told. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
blame(look *l, const char *format, ...) {
    va_list arguments;
    if (l->wrong++ > 0) return;
    va_start(arguments, format);
    vsnprintf(l->reason, l->capacity, format, arguments);
    va_end(arguments);
}

static void look_at_gap(look *l, uint64_t place, const unsigned char *got, size_t size) {
    for (size_t b = 0; b < size; b++)
        if (got[b] != inputs_poison) {
            blame(l, "the gap at element %llu of the output's memory was written", (unsigned long long)place);
            return;
        }
}

static void look_at_element(look *l, uint64_t i, double got, double want) {
    const element e = element_of(l->c, l->tile, l->stored, i);
    const unsigned long long number = i;
    if (l->stored != NULL) want = right_result(l->c, &e);
    /* What has the right bits need not be asked about: widening keeps every bit's meaning, the sign of zero too. */
    if (memcmp(&got, &want, sizeof got) == 0 || holds(l->c, &e, got)) return;
    if (l->c->pass == PASS_FORWARD)
        blame(l, "element %llu: x = %.17g, want %.17g, got %.17g", number, e.x, want, got);
    else if (l->stored != NULL)
        blame(l, "element %llu: x = %.17g, y = %.17g, dy = %.17g, want %.17g, got %.17g", number, e.x, e.y, e.dy, want, got);
    else
        blame(l, "element %llu: x = %.17g, dy = %.17g, want %.17g, got %.17g", number, e.x, e.dy, want, got);
}

static void look_at_bits(look *l, uint64_t from, uint64_t to) {
    for (uint64_t i = from; i < to; i++) {
        double x = element_of(l->c, l->tile, NULL, i).x;
        int got = l->scratch[i / 8 - from / 8] >> i % 8 & 1, want = reference_mask(&l->c->op, l->c->dtype, x);
        if (got != want) blame(l, "bit %llu of the mask: x = %.17g, want %d, got %d", (unsigned long long)i, x, want, got);
    }
    if (to == l->c->shape->count && to % 8 != 0 && l->scratch[to / 8 - from / 8] >> to % 8 != 0)
        blame(l, "the mask's last byte has bits past the last element");
}

static ramp_status look_at_piece(look *l, size_t piece, size_t at) {
    size_t size = program_dtype_size(l->c->dtype);
    uint64_t first = l->s->first[piece], count = l->s->count[piece], from, to;
    ramp_status status = lane_read(l->lane, l->scratch, lane_set(l->lane)->y, (size_t)first * size, (size_t)count * size);
    for (uint64_t k = 0; k < count && status == RAMP_OK; k++) {
        uint64_t i = layout_element(l->c, first + k);
        if (i == UINT64_MAX)
            look_at_gap(l, first + k, l->scratch + k * size, size);
        else
            look_at_element(l, i, inputs_value(l->c->dtype, l->scratch, k), l->s->want[at + k]);
    }
    if (status != RAMP_OK || !writes_mask(l->c)) return status;
    bits_of_piece(l, piece, &from, &to);
    status = lane_read(l->lane, l->scratch, lane_set(l->lane)->saved, (size_t)(from / 8), (size_t)((to + 7) / 8 - from / 8));
    if (status == RAMP_OK) look_at_bits(l, from, to);
    return status;
}

/* What the backward pass is given; `stored` where the result depends on it. */
static ramp_status save(look *l) {
    size_t bytes = (size_t)l->tile->x_count * program_dtype_size(l->c->dtype);
    ramp_status status = lane_save(l->lane, l->c);
    if (status != RAMP_OK || !is_of_output(l->c)) return status;
    l->stored = program_resize(NULL, bytes, 1);
    return lane_read(l->lane, l->stored, lane_set(l->lane)->saved, 0, bytes);
}

bench_state verify_lane(bench_lane *lane, const bench_case *c, const bench_tile *tile, const verify_sample *s, char *reason,
                        size_t capacity) {
    look l = {.lane = lane, .c = c, .tile = tile, .s = s, .reason = reason, .capacity = capacity};
    l.scratch = program_resize(NULL, s->elements + 1, program_dtype_size(c->dtype));
    ramp_status status = save(&l);
    if (status == RAMP_OK) status = poison(&l);
    if (status == RAMP_OK) status = lane_run(lane, c);
    for (size_t p = 0, at = 0; p < s->pieces && status == RAMP_OK; at += (size_t)s->count[p++]) status = look_at_piece(&l, p, at);
    free(l.scratch);
    free(l.stored);
    if (status != RAMP_OK) {
        snprintf(reason, capacity, "%s: %s", ramp_status_name(status), ramp_last_error());
        return status == RAMP_ERROR_MEMORY || status == RAMP_ERROR_UNSUPPORTED ? BENCH_SKIPPED : BENCH_FAILED;
    }
    if (l.wrong == 0) return BENCH_MEASURED;
    size_t used = strlen(reason);
    snprintf(reason + used, capacity - used, " (the first of %zu wrong in a sample of %zu)", l.wrong, s->elements);
    return BENCH_WRONG;
}
