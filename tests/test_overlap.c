/*
 * test_overlap.c: which overlaps a call refuses. The calls go to a backend that touches no memory, so that views may lie anywhere and be of any size.
 *
 *   small   views of few elements, whose bytes are laid out and counted: a call is refused exactly where an output shares a byte with another
 *           operand, and is not exactly it, or with itself
 *   real    what programs have, at any size, with the answer known: even and odd columns, halves, channels, tiles, transposes
 *   hard    strides that fit no pattern, many dimensions: the right answer, or the status and sentence that there is none; always soon
 *
 *   test_overlap [--seed N] [--cases N]
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#endif
#include "bits.h"
#include "arguments.h"
#include "check.h"

#include <ramp/backend.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- A backend whose memory is any address, and which does nothing ---- */

static unsigned long long launches;

static ramp_status none_list(ramp_device_info *list, size_t capacity, size_t *count) {
    if (capacity > 0) {
        memset(&list[0], 0, sizeof list[0]);
        strcpy(list[0].name, "it does nothing");
        list[0].type = RAMP_DEVICE_CPU;
        list[0].dtypes = 1u << RAMP_F32 | 1u << RAMP_F64 | 1u << RAMP_F16 | 1u << RAMP_BF16;
    }
    *count = 1;
    return RAMP_OK;
}
static ramp_status none_open(int ordinal, void **self) {
    (void)ordinal;
    *self = &launches;
    return RAMP_OK;
}
static void none_close(void *self) { (void)self; }
static void none_describe(void *self, ramp_device_info *info) {
    size_t count;
    (void)self;
    none_list(info, 1, &count);
}
static ramp_status none_supports(void *self, ramp_op_id op, ramp_dtype dtype) {
    (void)self, (void)op, (void)dtype;
    return RAMP_OK;
}
static ramp_status none_launch(void *self, const ramp_job *job) {
    (void)self, (void)job;
    launches++;
    return RAMP_OK;
}
static ramp_status none_synchronize(void *self) {
    (void)self;
    return RAMP_OK;
}
static ramp_status none_alloc(void *self, size_t bytes, void **data) {
    (void)self, (void)bytes, (void)data;
    return ramp_error_set(RAMP_ERROR_MEMORY, "it has no memory");
}
static void none_release(void *self, void *data) { (void)self, (void)data; }
static ramp_status none_upload(void *self, void *data, size_t offset, const void *src, size_t bytes) {
    (void)data, (void)offset, (void)src;
    return none_alloc(self, bytes, NULL);
}
static ramp_status none_download(void *self, void *dst, const void *data, size_t offset, size_t bytes) {
    (void)dst, (void)data, (void)offset;
    return none_alloc(self, bytes, NULL);
}
static ramp_status none_event_create(void *self, void **event) { return none_alloc(self, 0, event); }
static ramp_status none_event_record(void *self, void *event, const ramp_submit *on) {
    (void)event, (void)on;
    return none_synchronize(self);
}
static ramp_status none_event_wait(void *self, void *event) { return none_event_record(self, event, NULL); }
static ramp_status none_event_elapsed(void *self, void *start, void *stop, double *milliseconds) {
    (void)start, (void)stop;
    *milliseconds = 0.0;
    return none_synchronize(self);
}
static void none_event_destroy(void *self, void *event) { (void)self, (void)event; }

static const ramp_backend none = {
    .abi = RAMP_BACKEND_ABI,
    .name = "none",
    .list = none_list,
    .open = none_open,
    .close = none_close,
    .describe = none_describe,
    .supports = none_supports,
    .prepare = none_supports,
    .launch = none_launch,
    .synchronize = none_synchronize,
    .alloc = none_alloc,
    .release = none_release,
    .upload = none_upload,
    .download = none_download,
    .event_create = none_event_create,
    .event_record = none_event_record,
    .event_wait = none_event_wait,
    .event_elapsed = none_event_elapsed,
    .event_destroy = none_event_destroy,
};

static ramp_device *device;
static double slowest; /* milliseconds of processor time that one call took */

/* A call takes one or two milliseconds at most; a sanitizer or a busy machine makes everything slower. */
static const double most_milliseconds = 20.0;

/* ---- Calls ---- */

typedef enum answer { ANSWER_TAKEN, ANSWER_REFUSED, ANSWER_UNTOLD, ANSWER_WRONG } answer;

static const char *const answer_names[] = {"taken", "refused", "not told", "neither"};

/* Operands that are NULL are not there. dy makes it a backward pass; then x, or the mask, is what was saved. */
typedef struct operands {
    const ramp_tensor *x, *dy, *y, *mask;
} operands;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* The status, and the sentence that belongs to it. */
static answer answer_of(ramp_status status) {
    const char *words = ramp_last_error();
    if (status == RAMP_OK) return ANSWER_TAKEN;
    if (status == RAMP_ERROR_ARGUMENT && strstr(words, " overlaps ") != NULL) return ANSWER_REFUSED;
    if (status == RAMP_ERROR_UNSUPPORTED && strstr(words, "cannot be told in a bounded amount of work") != NULL) return ANSWER_UNTOLD;
    return ANSWER_WRONG;
}

static answer ask(const operands *o) {
    static const ramp_op op = {RAMP_RELU, 0, {0.0}};
    const unsigned long long before = launches;
    const double start = now();
    const ramp_status status = o->dy == NULL  ? ramp_forward(device, &op, o->x, o->y, o->mask)
                               : o->x != NULL ? ramp_backward(device, &op, RAMP_SAVED_INPUT, o->x, o->dy, o->y)
                                              : ramp_backward(device, &op, RAMP_SAVED_MASK, o->mask, o->dy, o->y);
    const double took = now() - start;
    const answer got = answer_of(status);
    if (took > slowest) slowest = took;
    CHECK((got == ANSWER_TAKEN) == (launches > before), "%s, and %llu launches", ramp_status_name(status), launches - before);
    if (got == ANSWER_WRONG) CHECK(0, "%s is neither of the three: %s", ramp_status_name(status), ramp_last_error());
    return got;
}

static void print_list(char *text, size_t capacity, const int64_t *list, int n) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < n && used < capacity; i++)
        used += (size_t)snprintf(text + used, capacity - used, "%s%lld", i > 0 ? ", " : "", (long long)list[i]);
}

static void print_tensor(const char *name, const ramp_tensor *t) {
    char shape[400], strides[400];
    if (t == NULL) return;
    print_list(shape, sizeof shape, t->shape, t->ndim);
    print_list(strides, sizeof strides, t->strides, t->ndim);
    printf("  %-4s dtype %d at %p + %llu, shape [%s], strides [%s]\n", name, (int)t->dtype, t->data, (unsigned long long)t->byte_offset,
           shape, strides);
}

static void check_answer(const operands *o, answer want, int may_not_tell, const char *what) {
    const answer got = ask(o);
    if (got == want || (may_not_tell && got == ANSWER_UNTOLD)) {
        check_add(1, 0);
        return;
    }
    if (CHECK(0, "%s: %s, and should be %s", what, answer_names[got], answer_names[want])) return;
    print_tensor("x", o->x);
    print_tensor("dy", o->dy);
    print_tensor("y", o->y);
    print_tensor("mask", o->mask);
}

/* ---- The truth, byte by byte ---- */

enum { window = 1 << 15 };

/* Addresses from here on stand for a memory of `window` bytes. */
static char *const base = (char *)(uintptr_t)0x200000000000;

typedef struct footprint {
    unsigned char bytes[window]; /* how many elements have it: 0, 1, 2 for more */
} footprint;

static size_t size_of(const ramp_tensor *t) { return t->dtype == RAMP_F64 ? 8 : t->dtype == RAMP_F32 ? 4 : 2; }

static uint64_t count_of(const ramp_tensor *t) {
    uint64_t count = 1;
    for (int d = 0; d < t->ndim; d++) count *= (uint64_t)t->shape[d];
    return count;
}

static int64_t first_byte(const ramp_tensor *t) { return (char *)t->data - base + (int64_t)t->byte_offset; }

static void add_byte(footprint *f, int64_t at) {
    if (at < 0 || at >= window) abort(); /* the generator's fault */
    if (f->bytes[at] < 2) f->bytes[at]++;
}

static void draw_footprint(footprint *f, const ramp_tensor *t) {
    const uint64_t count = count_of(t);
    memset(f, 0, sizeof *f);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t left = i;
        int64_t at = first_byte(t);
        if (t->dtype == RAMP_BIT) {
            if (i % 8 == 0) add_byte(f, at + (int64_t)(i / 8));
            continue;
        }
        for (int d = t->ndim - 1; d >= 0; d--) {
            at += (int64_t)(left % (uint64_t)t->shape[d]) * t->strides[d] * (int64_t)size_of(t);
            left /= (uint64_t)t->shape[d];
        }
        for (size_t byte = 0; byte < size_of(t); byte++) add_byte(f, at + (int64_t)byte);
    }
}

static int repeats(const footprint *f) { return memchr(f->bytes, 2, window) != NULL; }

static int meet(const footprint *a, const footprint *b) {
    for (size_t i = 0; i < window; i += sizeof(uint64_t)) {
        uint64_t l, r;
        memcpy(&l, &a->bytes[i], sizeof l);
        memcpy(&r, &b->bytes[i], sizeof r);
        for (size_t byte = 0; l != 0 && r != 0 && byte < sizeof l; byte++)
            if (a->bytes[i + byte] != 0 && b->bytes[i + byte] != 0) return 1;
    }
    return 0;
}

static int is_exactly(const ramp_tensor *a, const ramp_tensor *b) {
    if (a->dtype == RAMP_BIT || b->dtype == RAMP_BIT || first_byte(a) != first_byte(b)) return 0;
    for (int d = 0; d < a->ndim; d++)
        if (a->shape[d] > 1 && a->strides[d] != b->strides[d]) return 0;
    return 1;
}

static answer truth(const operands *o) {
    static footprint of[4];
    const ramp_tensor *t[] = {o->x, o->dy, o->y, o->mask};
    const int is_output[] = {0, 0, 1, o->dy == NULL};
    for (int i = 0; i < 4; i++)
        if (t[i] != NULL) draw_footprint(&of[i], t[i]);
    if (repeats(&of[2])) return ANSWER_REFUSED;
    for (int out = 2; out < 4; out++)
        for (int i = 0; i < 4; i++) {
            if (t[out] == NULL || t[i] == NULL || i == out || !is_output[out] || (is_output[i] && i > out)) continue;
            if (!is_output[i] && is_exactly(t[i], t[out])) continue;
            if (meet(&of[i], &of[out])) return ANSWER_REFUSED;
        }
    return ANSWER_TAKEN;
}

/* ---- Small ---- */

/* So that its lowest byte is at `low` or the next place that is aligned. Halves in data, or all in it, or none. */
static void put_at(ramp_tensor *t, int64_t low, uint64_t how) {
    int64_t below = 0, size = t->dtype == RAMP_BIT ? 1 : (int64_t)size_of(t);
    for (int d = 0; d < t->ndim && t->dtype != RAMP_BIT; d++)
        if (t->strides[d] < 0) below -= t->strides[d] * (t->shape[d] - 1) * size;
    const int64_t start = (low + size - 1) / size * size + below, ahead = how % 3 == 0 ? 0 : how % 3 == 1 ? start : start / 2;
    t->data = base + ahead;
    t->byte_offset = (uint64_t)(start - ahead);
}

static ramp_tensor random_view(ramp_dtype dtype, int ndim, const int64_t *shape, int64_t most, uint64_t *state) {
    ramp_tensor t = ramp_tensor_dense(NULL, dtype, ndim, shape);
    const uint64_t draw = random_next(state);
    for (int d = 0; d < ndim && draw % 4 != 0; d++) {
        const int64_t stride = (int64_t)(random_next(state) % (uint64_t)(2 * most + 1)) - most;
        t.strides[d] = draw % 4 == 1 ? t.strides[d] * (1 + (int64_t)(draw >> 8 & 3)) : stride;
    }
    if (draw % 4 == 2 && ndim > 1) { /* two dimensions exchanged */
        const int64_t moved = t.strides[0];
        t.strides[0] = t.strides[ndim - 1];
        t.strides[ndim - 1] = moved;
    }
    put_at(&t, (int64_t)(random_next(state) % (40 * (uint64_t)most + 8)), draw >> 16);
    return t;
}

static ramp_tensor random_mask(int ndim, const int64_t *shape, int64_t most, uint64_t *state) {
    ramp_tensor t = ramp_tensor_dense(NULL, RAMP_BIT, ndim, shape);
    put_at(&t, (int64_t)(random_next(state) % (40 * (uint64_t)most + 8)), random_next(state));
    return t;
}

static void test_small(uint64_t cases, uint64_t *state) {
    unsigned long long by_answer[2] = {0, 0};
    for (uint64_t i = 0; i < cases && slowest < most_milliseconds; i++) {
        static const ramp_dtype dtypes[] = {RAMP_F16, RAMP_BF16, RAMP_F32, RAMP_F64};
        const uint64_t draw = random_next(state);
        const ramp_dtype dtype = dtypes[draw & 3];
        const int ndim = (int)(draw >> 2 & 7) % 5;
        const int64_t most = 1 + (int64_t)(draw >> 8 & 15);
        int64_t shape[RAMP_MAX_DIMS] = {0};
        for (int d = 0; d < ndim; d++) shape[d] = 1 + (int64_t)(random_next(state) % (ndim > 2 ? 4 : 7));
        ramp_tensor x = random_view(dtype, ndim, shape, most, state), y = random_view(dtype, ndim, shape, most, state);
        ramp_tensor dy = random_view(dtype, ndim, shape, most, state), mask = random_mask(ndim, shape, most, state);
        if ((draw >> 12 & 7) == 0) y = x;
        if ((draw >> 12 & 7) == 1) memcpy(y.strides, x.strides, sizeof y.strides), put_at(&y, first_byte(&x), 1);
        if ((draw >> 12 & 7) == 2) y = dy;
        operands o = {&x, NULL, &y, NULL};
        if ((draw >> 16 & 3) == 1) o.mask = &mask;
        if ((draw >> 16 & 3) == 2) o.dy = &dy;
        if ((draw >> 16 & 3) == 3) o = (operands){NULL, &dy, &y, &mask};
        const answer want = truth(&o);
        by_answer[want]++;
        check_answer(&o, want, 0, "small");
    }
    printf("small: %llu taken, %llu refused\n", by_answer[ANSWER_TAKEN], by_answer[ANSWER_REFUSED]);
}

/* Every pair of strides from -3 to 3 for both, every place of one against the other: 2 dimensions. */
static void test_every_small(void) {
    unsigned long long by_answer[2] = {0, 0};
    for (int64_t code = 0; code < 7 * 7 * 7 * 7; code++)
        for (int64_t rows = 1; rows <= 3; rows++)
            for (int64_t columns = 2; columns <= 3; columns++) {
                const int64_t shape[] = {rows, columns};
                ramp_tensor x = ramp_tensor_dense(NULL, RAMP_F16, 2, shape), y = x;
                x.strides[0] = code % 7 - 3;
                x.strides[1] = code / 7 % 7 - 3;
                y.strides[0] = code / 49 % 7 - 3;
                y.strides[1] = code / 343 - 3;
                put_at(&x, 64, 1);
                for (int64_t at = 64 - 26; at <= 64 + 26; at += 2) {
                    const operands o = {&x, NULL, &y, NULL};
                    put_at(&y, at, 1);
                    const answer want = truth(&o);
                    by_answer[want]++;
                    check_answer(&o, want, 0, "2 dimensions");
                }
            }
    printf("2 dimensions: %llu taken, %llu refused\n", by_answer[ANSWER_TAKEN], by_answer[ANSWER_REFUSED]);
}

/* What overlaps for certain is told so, however many dimensions it has: two strides of which one is a multiple of the other within its reach, or whose
 * steps meet. And what cannot be told says of what. */
static void test_certain(void) {
    static const ramp_op op = {RAMP_RELU, 0, {0.0}};
    static const int64_t pair[][4] = {{1, 2, 1, 2}, {3, 2, 1, 4}, {3, 3, 2, 4}, {-1, 2, 1, 2}}; /* stride, size, stride, size */
    int64_t shape[16], strides[16];
    for (int d = 0; d < 16; d++) {
        shape[d] = 3;
        strides[d] = (INT64_C(1) << 40) + (INT64_C(1) << 30) / (d + 1) * 3 + INT64_C(999999937) * d * d % 1048573; /* the search is long */
    }
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        ramp_tensor x = ramp_tensor_dense(base, RAMP_F32, 16, shape);
        for (int k = 0; k < 2; k++) x.shape[14 + k] = pair[i][2 * k + 1];
        ramp_tensor y = ramp_tensor_dense(base + (INT64_C(1) << 55), RAMP_F32, 16, x.shape);
        memcpy(y.strides, strides, sizeof strides);
        for (int k = 0; k < 2; k++) y.strides[14 + k] = pair[i][2 * k] * strides[14];
        CHECK_STATUS(ramp_forward(device, &op, &x, &y, NULL), RAMP_ERROR_ARGUMENT);
        CHECK(strstr(ramp_last_error(), "y overlaps itself") != NULL, "%zu: %s", i, ramp_last_error());
    }
    ramp_tensor x = ramp_tensor_dense(base, RAMP_F32, 16, shape), y = x;
    y.data = base + (INT64_C(1) << 55);
    memcpy(y.strides, strides, sizeof strides);
    ramp_status status = ramp_forward(device, &op, &x, &y, NULL);
    CHECK(status == RAMP_ERROR_UNSUPPORTED && strstr(ramp_last_error(), "whether y overlaps itself cannot be told") != NULL, "%s: %s",
          ramp_status_name(status), ramp_last_error());
}

/* At the ends of the address space: what would pass them is refused, and not taken modulo 2^64. */
static void test_ends(void) {
    const int64_t shape[] = {100};
    static const ramp_op op = {RAMP_RELU, 0, {0.0}};
    ramp_tensor x = ramp_tensor_dense(base, RAMP_F32, 1, shape), y = x;
    y.data = (void *)(UINTPTR_MAX - 403);
    CHECK_STATUS(ramp_forward(device, &op, &x, &y, NULL), RAMP_OK);
    CHECK_STATUS(ramp_forward(device, &op, &y, &x, NULL), RAMP_OK);
    y.byte_offset = 8;
    CHECK_STATUS(ramp_forward(device, &op, &x, &y, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_forward(device, &op, &y, &x, NULL), RAMP_ERROR_ARGUMENT);
    y.data = (void *)(uintptr_t)400;
    y.byte_offset = 0;
    y.strides[0] = -1;
    CHECK_STATUS(ramp_forward(device, &op, &x, &y, NULL), RAMP_OK);
    y.strides[0] = -2;
    CHECK_STATUS(ramp_forward(device, &op, &x, &y, NULL), RAMP_ERROR_ARGUMENT);
}

/* ---- Real ---- */

/* A parent of up to 15 dimensions, dense in some order, and two children: each takes every k-th place along one dimension, or a stretch of it. */
typedef struct parent {
    int ndim, along;
    int64_t shape[RAMP_MAX_DIMS], strides[RAMP_MAX_DIMS]; /* of a child; `along` is shorter in it than in the parent */
    int64_t shift;                                        /* from a child to the next, in elements */
} parent;

static parent draw_parent(uint64_t *state, int by_rows, int64_t count) {
    parent p = {.ndim = 1 + (int)(random_next(state) % (random_next(state) % 4 == 0 ? 15 : 4))};
    int order[RAMP_MAX_DIMS];
    int64_t running = 1;
    for (int d = 0; d < p.ndim; d++) {
        const int at = (int)(random_next(state) % (uint64_t)(d + 1)), bits = 40 / p.ndim;
        order[d] = order[at];
        order[at] = d;
        p.shape[d] = 1 + (int64_t)(random_next(state) % (UINT64_C(1) << (1 + random_next(state) % (uint64_t)bits)));
    }
    p.along = (int)(random_next(state) % (uint64_t)p.ndim);
    for (int i = 0; i < p.ndim; i++) {
        const int d = order[i];
        const int64_t gap = random_next(state) % 3 == 0 ? (int64_t)(random_next(state) % 50) : 0;
        p.strides[d] = running;
        if (d == p.along) {
            p.shift = by_rows ? running * p.shape[d] : running;
            p.strides[d] = by_rows ? running : running * count;
            running *= count;
        }
        running = running * p.shape[d] + gap;
    }
    return p;
}

static ramp_tensor child(const parent *p, int64_t number, ramp_dtype dtype, uint64_t *state) {
    ramp_tensor t = ramp_tensor_dense((char *)(uintptr_t)0x100000000000, dtype, p->ndim, p->shape);
    int64_t start = p->shift * number;
    memcpy(t.strides, p->strides, sizeof t.strides);
    for (int d = 0; d < p->ndim; d++)
        if (random_next(state) % 8 == 0) { /* turned round: the same places */
            start += t.strides[d] * (t.shape[d] - 1);
            t.strides[d] = -t.strides[d];
        }
    t.byte_offset = (uint64_t)(start * (int64_t)size_of(&t));
    return t;
}

static void test_real(uint64_t cases, uint64_t *state) {
    for (uint64_t i = 0; i < cases && slowest < most_milliseconds; i++) {
        static const ramp_dtype dtypes[] = {RAMP_F16, RAMP_BF16, RAMP_F32, RAMP_F64};
        const ramp_dtype dtype = dtypes[random_next(state) % 4];
        const int64_t count = 2 + (int64_t)(random_next(state) % 3);
        const parent p = draw_parent(state, random_next(state) % 2 == 0, count);
        ramp_tensor x = child(&p, 0, dtype, state), y = child(&p, 1, dtype, state), dy = child(&p, count - 1, dtype, state);
        operands o = {&x, NULL, &y, NULL};
        check_answer(&o, ANSWER_TAKEN, 0, "neighbours that do not touch");
        if (count > 2) {
            o.dy = &dy;
            check_answer(&o, ANSWER_TAKEN, 0, "three of them");
            o.dy = NULL;
        }
        /* One element of one of them on the other. */
        ramp_tensor same = x;
        check_answer(&(operands){&x, NULL, &same, NULL}, ANSWER_TAKEN, 0, "in place");
        if (count_of(&x) == 1) continue;
        int d = 0;
        while (x.shape[d] == 1) d++;
        same.byte_offset += (uint64_t)(x.strides[d] * (int64_t)size_of(&x));
        check_answer(&(operands){&x, NULL, &same, NULL}, ANSWER_REFUSED, 0, "shifted by one step");
        same = x;
        same.byte_offset += (uint64_t)(x.strides[d] * (x.shape[d] - 1) * (int64_t)size_of(&x));
        same.strides[d] = -x.strides[d];
        check_answer(&(operands){&x, NULL, &same, NULL}, ANSWER_REFUSED, 0, "turned round");
        ramp_tensor wide = y;
        wide.strides[d] = 0;
        check_answer(&(operands){&x, NULL, &wide, NULL}, ANSWER_REFUSED, 0, "an output that is broadcast");
        check_answer(&(operands){&wide, NULL, &x, NULL}, ANSWER_TAKEN, 0, "an input that is broadcast");
    }
}

/* ---- Hard ---- */

static int compare(const void *a, const void *b) {
    const int64_t l = *(const int64_t *)a, r = *(const int64_t *)b;
    return l < r ? -1 : l > r;
}

/* The places of all elements, in elements from the first address, sorted. */
static size_t list_places(const ramp_tensor *t, int64_t *list) {
    const size_t n = (size_t)count_of(t);
    for (size_t i = 0; i < n; i++) {
        size_t left = i;
        list[i] = (int64_t)t->byte_offset / (int64_t)size_of(t);
        for (int d = t->ndim - 1; d >= 0; d--) {
            list[i] += (int64_t)(left % (size_t)t->shape[d]) * t->strides[d];
            left /= (size_t)t->shape[d];
        }
    }
    qsort(list, n, sizeof *list, compare);
    return n;
}

static answer truth_by_places(const ramp_tensor *x, const ramp_tensor *y) {
    static int64_t xs[1 << 16], ys[1 << 16];
    const size_t n = list_places(x, xs), m = list_places(y, ys);
    for (size_t i = 1; i < m; i++)
        if (ys[i] == ys[i - 1]) return ANSWER_REFUSED;
    for (size_t i = 0, k = 0; i < n && k < m;) {
        if (xs[i] == ys[k]) return ANSWER_REFUSED;
        if (xs[i] < ys[k])
            i++;
        else
            k++;
    }
    return ANSWER_TAKEN;
}

static ramp_tensor hard_view(int ndim, const int64_t *shape, int bits, uint64_t *state) {
    ramp_tensor t = ramp_tensor_dense((char *)(uintptr_t)0x100000000000, RAMP_F32, ndim, shape);
    for (int d = 0; d < ndim; d++) t.strides[d] = 1 + (int64_t)(random_next(state) >> (64 - bits));
    return t;
}

/* Sums of subsets of random strides: about as many sums as places, or far fewer, so that both answers come up, and neither is easy. */
static void test_hard(uint64_t cases, uint64_t *state) {
    unsigned long long by_answer[4] = {0, 0, 0, 0};
    for (uint64_t i = 0; i < cases && slowest < most_milliseconds; i++) {
        int64_t shape[RAMP_MAX_DIMS], elements = 1;
        int ndim = 4 + (int)(random_next(state) % 13);
        for (int d = 0; d < ndim; d++) {
            shape[d] = 2 + (int64_t)(random_next(state) % 3);
            if (elements * shape[d] > 1 << 13) shape[d] = elements * 2 > 1 << 13 ? 1 : 2;
            elements *= shape[d];
        }
        const int bits = 8 + (int)(random_next(state) % 36);
        ramp_tensor x = hard_view(ndim, shape, bits, state), y = hard_view(ndim, shape, bits, state);
        if (i % 3 == 0) /* y is injective without a doubt, and lies among x's places */
            for (int d = ndim - 1, at = 1; d >= 0; d--) y.strides[d] = at, at *= (int)shape[d];
        if (i % 3 == 1) /* the same, over all of x's range */
            for (int d = ndim - 1; d >= 0; d--)
                y.strides[d] = (INT64_C(1) << bits) / 97 + (d == ndim - 1 ? 1 : y.strides[d + 1] * shape[d + 1]);
        y.byte_offset = 4 * (random_next(state) >> (64 - bits));
        const operands o = {&x, NULL, &y, NULL};
        const answer want = truth_by_places(&x, &y), got = ask(&o);
        by_answer[got]++;
        if (got != ANSWER_UNTOLD) check_answer(&o, want, 0, "hard");
    }
    printf("hard: %llu taken, %llu refused, %llu not told\n", by_answer[ANSWER_TAKEN], by_answer[ANSWER_REFUSED], by_answer[ANSWER_UNTOLD]);
    CHECK(by_answer[ANSWER_TAKEN] > 0 && by_answer[ANSWER_REFUSED] > 0 && by_answer[ANSWER_UNTOLD] > 0,
          "all three answers should come up: the cases are too easy, or too hard");
}

/* As hard as it gets: no answer is known, and it must come soon. */
static void test_hardest(uint64_t cases, uint64_t *state) {
    unsigned long long by_answer[4] = {0, 0, 0, 0};
    for (uint64_t i = 0; i < cases && slowest < most_milliseconds; i++) {
        const int ndim = 2 + (int)(random_next(state) % 15), bits = 20 + (int)(random_next(state) % 34);
        int64_t shape[RAMP_MAX_DIMS];
        const int size_bits = 60 / ndim > 55 - bits ? 55 - bits : 60 / ndim;
        for (int d = 0; d < ndim; d++) shape[d] = 2 + (int64_t)(random_next(state) >> (64 - (size_bits > 0 ? size_bits : 1)));
        ramp_tensor x = hard_view(ndim, shape, bits, state), y = hard_view(ndim, shape, bits, state),
                    dy = hard_view(ndim, shape, bits, state);
        for (int d = 0; d < ndim && i % 4 == 1; d++) y.strides[d] |= 1, x.strides[d] &= ~INT64_C(1); /* parity decides, or nothing does */
        for (int d = 0; d < ndim && i % 4 == 2; d++) y.strides[d] = (y.strides[d] / 6 + 1) * 6, x.strides[d] = (x.strides[d] / 10 + 1) * 10;
        int64_t running = 1;
        for (int d = 0; d < ndim && i % 4 == 3; d++) { /* y is nested, each stride just past what is below */
            y.strides[d] = running;
            if (__builtin_mul_overflow(running, shape[d], &running)) running = 1;
            running += (int64_t)(random_next(state) & 3);
        }
        y.byte_offset = 4 * (random_next(state) >> (64 - bits));
        const operands o = {&x, i % 2 ? &dy : NULL, &y, NULL};
        const unsigned long long before = launches;
        static const ramp_op op = {RAMP_RELU, 0, {0.0}};
        const double start = now();
        const ramp_status status =
            o.dy == NULL ? ramp_forward(device, &op, &x, &y, NULL) : ramp_backward(device, &op, RAMP_SAVED_INPUT, &x, &dy, &y);
        const double took = now() - start;
        if (took > slowest) slowest = took;
        by_answer[answer_of(status)]++; /* WRONG: sizes or reach overflow */
        CHECK((status == RAMP_OK) == (launches > before), "%s, and %llu launches", ramp_status_name(status), launches - before);
        CHECK(answer_of(status) != ANSWER_WRONG || status == RAMP_ERROR_ARGUMENT, "%s: %s", ramp_status_name(status), ramp_last_error());
    }
    printf("hardest: %llu taken, %llu refused, %llu not told, %llu that reach too far\n", by_answer[ANSWER_TAKEN],
           by_answer[ANSWER_REFUSED], by_answer[ANSWER_UNTOLD], by_answer[ANSWER_WRONG]);
    CHECK(by_answer[ANSWER_UNTOLD] > cases / 50, "only %llu of %llu are too hard", by_answer[ANSWER_UNTOLD], (unsigned long long)cases);
}

int main(int argc, char **argv) {
    uint64_t seed = 1, cases = 200000;
    const argument list[] = {{.name = "--seed", .number = &seed}, {.name = "--cases", .number = &cases}};
    if (!arguments_parse(argc, argv, list, 2)) return 1;
    if (!CHECK_STATUS(ramp_backend_register(&none), RAMP_OK) || !CHECK_STATUS(ramp_device_open(&device, "none"), RAMP_OK))
        return check_finish("test_overlap");
    uint64_t state = seed;
    printf("seed %llu\n", (unsigned long long)seed);
    test_every_small();
    test_small(cases, &state);
    test_ends();
    test_certain();
    test_real(cases / 4, &state);
    test_hard(cases / 100, &state);
    test_hardest(cases / 20, &state);
    printf("the slowest call took %.3f ms of processor time\n", slowest);
    CHECK(slowest < most_milliseconds, "a call took %.3f ms of processor time; the work is bounded, and %.0f ms are far more than it takes",
          slowest, most_milliseconds);
    ramp_device_close(device);
    return check_finish("test_overlap");
}
