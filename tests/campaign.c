#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "campaign.h"
#include "bits.h"
#include "inputs.h"
#include "reference.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { chunk = 1 << 22, slice = 1 << 16, max_threads = 256 };

/* A chunk: host copies of the operands, of elements `first` to `first + count` of the campaign. */
typedef struct batch {
    const campaign *c;
    void *x, *dy, *y, *want; /* want: the CPU backend's, where that is asked for */
    uint64_t first, before;  /* before: the result before the first one, or NaN */
    size_t count;
    int is_ordered;
} batch;

typedef struct worker {
    pthread_t thread;
    const batch *b;
    void (*work)(const batch *b, size_t from, size_t to, findings *found);
    size_t number, of;
    findings found;
} worker;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- One slice ---- */

/* What an input is depends on its place only, not on chunks and threads. */
static void fill_slice(const batch *b, size_t from, size_t to, findings *found) {
    const campaign *c = b->c;
    size_t size = bits_size(c->dtype), n = to - from;
    void *x = (char *)b->x + from * size, *dy = (char *)b->dy + from * size;
    uint64_t at = b->first + from, stratum = at / slice;
    (void)found;
    if (c->dtype == RAMP_F64)
        inputs_fill(stratum % 4 == 0 ? INPUT_STRIDE : INPUT_RANGE, &c->op, c->dtype, at * 2654435761u, 1, x, n);
    else
        inputs_fill(INPUT_STRIDE, &c->op, c->dtype, c->from + at * c->step, c->step, x, n);
    if (c->pass != PASS_FORWARD) inputs_fill(c->pass == PASS_MIXED ? INPUT_MIXED : INPUT_ONE, &c->op, c->dtype, at * 40503 + 1, 1, dy, n);
}

static uint64_t mix(uint64_t a, uint64_t b) {
    uint64_t state = a;
    state = random_next(&state) ^ b;
    return random_next(&state);
}

/* Neighbouring results, in the order of the inputs. */
static void check_order(const batch *b, size_t i, uint64_t x, double got, findings *found) {
    uint64_t before = i == 0 ? b->before : bits_load(RAMP_F32, b->y, i - 1);
    double last = bits_value(RAMP_F32, before);
    if ((x & 0x7fffffffu) == 0 || isnan(got) || isnan(last)) return;
    if ((x >> 31 ? got <= last : got >= last) || found->falls++ > 0) return;
    found->fall_x = x;
}

static int ask(const batch *b, size_t i, uint64_t x, uint64_t dy, uint64_t got, double *error) {
    const campaign *c = b->c;
    double value = bits_value(c->dtype, got);
    if (c->cpu != NULL) return bits_same(c->dtype, got, bits_load(c->dtype, b->want, i));
    if (c->pass == PASS_FORWARD) return reference_forward_check(&c->op, c->dtype, bits_value(c->dtype, x), value, error);
    return reference_backward_check(&c->op, c->dtype, bits_value(c->dtype, x), bits_value(c->dtype, dy), value, error);
}

static void check_slice(const batch *b, size_t from, size_t to, findings *found) {
    const campaign *c = b->c;
    uint64_t nan = bits_of(c->dtype, (double)NAN);
    int backward = c->pass != PASS_FORWARD;
    for (size_t i = from; i < to; i++) {
        uint64_t x = bits_load(c->dtype, b->x, i), got = bits_load(c->dtype, b->y, i), dy = backward ? bits_load(c->dtype, b->dy, i) : 0;
        double error = 0.0;
        found->hash += mix(x, bits_is_nan(c->dtype, got) ? nan : got);
        if (c->hash_only) continue;
        int holds = ask(b, i, x, dy, got, &error);
        if (error > found->worst) found->worst = error, found->worst_x = x, found->worst_dy = dy, found->worst_got = got;
        if (!holds && found->wrong++ == 0) found->wrong_x = x, found->wrong_dy = dy, found->wrong_got = got;
        if (b->is_ordered) check_order(b, i, x, bits_value(c->dtype, got), found);
    }
    found->checked += to - from;
}

/* ---- A chunk, on threads ---- */

static void *run_worker(void *argument) {
    worker *w = argument;
    for (size_t from = w->number * slice; from < w->b->count; from += w->of * slice)
        w->work(w->b, from, from + slice < w->b->count ? from + slice : w->b->count, &w->found);
    return NULL;
}

static void add_findings(findings *to, const findings *f) {
    if (f->worst > to->worst) to->worst = f->worst, to->worst_x = f->worst_x, to->worst_dy = f->worst_dy, to->worst_got = f->worst_got;
    if (f->wrong > 0 && to->wrong == 0) to->wrong_x = f->wrong_x, to->wrong_dy = f->wrong_dy, to->wrong_got = f->wrong_got;
    if (f->falls > 0 && to->falls == 0) to->fall_x = f->fall_x;
    to->checked += f->checked;
    to->wrong += f->wrong;
    to->falls += f->falls;
    to->hash += f->hash;
}

static void on_threads(const batch *b, void (*work)(const batch *, size_t, size_t, findings *), findings *found) {
    static worker workers[max_threads];
    size_t of = (size_t)(b->c->threads < 1 ? 1 : b->c->threads > max_threads ? max_threads : b->c->threads), started = 0;
    for (size_t i = 0; i < of; i++) workers[i] = (worker){.b = b, .work = work, .number = i, .of = of};
    while (started + 1 < of && pthread_create(&workers[started].thread, NULL, run_worker, &workers[started]) == 0) started++;
    for (size_t i = started; i < of; i++) run_worker(&workers[i]); /* this thread's share, and that of those that did not start */
    for (size_t i = 0; i < started; i++) pthread_join(workers[i].thread, NULL);
    for (size_t i = 0; i < of; i++) add_findings(found, &workers[i].found);
}

static ramp_status call(const batch *b, ramp_device *device, void *x, void *dy, void *y) {
    const campaign *c = b->c;
    int64_t n = (int64_t)b->count;
    ramp_tensor tx = ramp_tensor_dense(x, c->dtype, 1, &n), tdy = ramp_tensor_dense(dy, c->dtype, 1, &n);
    ramp_tensor ty = ramp_tensor_dense(y, c->dtype, 1, &n);
    if (c->pass == PASS_FORWARD) return ramp_forward(device, &c->op, &tx, &ty, NULL);
    return ramp_backward(device, &c->op, RAMP_SAVED_INPUT, &tx, &tdy, &ty);
}

static ramp_status compute(const batch *b, void *const *data) {
    const campaign *c = b->c;
    size_t bytes = b->count * bits_size(c->dtype);
    ramp_status status = ramp_memory_upload(c->device, data[0], 0, b->x, bytes);
    if (status == RAMP_OK && c->pass != PASS_FORWARD) status = ramp_memory_upload(c->device, data[1], 0, b->dy, bytes);
    if (status == RAMP_OK) status = call(b, c->device, data[0], data[1], data[2]);
    if (status == RAMP_OK) status = ramp_memory_download(c->device, b->y, data[2], 0, bytes);
    return status != RAMP_OK || c->cpu == NULL ? status : call(b, c->cpu, b->x, b->dy, b->want);
}

static int is_monotone(const campaign *c) {
    ramp_op plain = ramp_op_default(c->op.id);
    ramp_op_info info;
    if (c->dtype != RAMP_F32 || c->pass != PASS_FORWARD || memcmp(&plain, &c->op, sizeof plain) != 0) return 0;
    return ramp_op_describe((size_t)c->op.id - 1, &info) == RAMP_OK && (info.traits & RAMP_TRAIT_MONOTONE) != 0;
}

static ramp_status run_chunks(const campaign *c, batch *b, void *const *data, findings *found) {
    uint64_t offset = c->dtype == RAMP_F64 ? c->from : 0, count = (c->to - c->from + c->step - 1) / c->step;
    for (uint64_t first = 0; first < count; first += chunk) {
        ramp_status status;
        b->first = offset + first;
        b->count = (size_t)(count - first < chunk ? count - first : chunk);
        on_threads(b, fill_slice, found);
        if ((status = compute(b, data)) != RAMP_OK) return status;
        clock_t begun = clock();
        on_threads(b, check_slice, found);
        found->check_seconds += (double)(clock() - begun) / CLOCKS_PER_SEC;
        b->before = bits_load(c->dtype, b->y, b->count - 1);
    }
    return RAMP_OK;
}

ramp_status campaign_run(const campaign *c, findings *found) {
    batch b = {.c = c, .is_ordered = is_monotone(c), .before = bits_of(c->dtype, (double)NAN)};
    size_t bytes = chunk * bits_size(c->dtype);
    void *data[3] = {NULL, NULL, NULL};
    ramp_status status = RAMP_OK;
    double begun = now();
    *found = (findings){.limit = c->pass == PASS_FORWARD ? reference_forward_limit(&c->op, c->dtype)
                                                         : reference_backward_limit(&c->op, c->dtype)};
    b.x = malloc(bytes), b.dy = malloc(bytes), b.y = malloc(bytes), b.want = malloc(bytes);
    if (b.x == NULL || b.dy == NULL || b.y == NULL || b.want == NULL) status = RAMP_ERROR_MEMORY;
    for (int i = 0; i < 3 && status == RAMP_OK; i++) status = ramp_memory_alloc(c->device, bytes, &data[i]);
    if (status == RAMP_OK) status = run_chunks(c, &b, data, found);
    for (int i = 0; i < 3; i++) ramp_memory_free(c->device, data[i]);
    free(b.x), free(b.dy), free(b.y), free(b.want);
    found->seconds = now() - begun;
    return status;
}
