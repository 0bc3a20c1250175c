/*
 * large_views.c: strided views, and masks, whose places or numbers pass 2^31 and 2^32.
 *
 * x and dy lie in one memory, whose element e is number e % period of a random pattern; the period divides no power of two, so that an index that
 * lost its upper bits finds another number. y and the mask have memories of their own, in which strata are poisoned before a call and looked at
 * after it: at both ends of view and memory, around 2^31 and 2^32 bytes, elements and places, and at random. What a stratum must hold, the
 * gaps included, is told the other way round than the library goes: from a place in memory to the element that lies there, if one does.
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#endif
#include "large.h"
#include "large_views.h"
#include "bits.h"
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { most_strata = 40, poison = 0xa5 };
enum { mask_at = 5 }; /* bytes into its memory */

/* What is called. */
typedef struct kind {
    const char *name;
    int is_backward, has_mask;
} kind;

/* ---- Strata ---- */

typedef struct strata {
    size_t count, bytes;       /* each */
    size_t start[most_strata]; /* of the memory's bytes */
} strata;

static void add_stratum(strata *list, size_t memory_bytes, size_t byte) {
    const size_t start = byte / list->bytes * list->bytes;
    for (size_t i = 0; i < list->count; i++)
        if (list->start[i] == start) return;
    if (byte < memory_bytes && list->count < most_strata) list->start[list->count++] = start;
}

/* Around `byte`: the two that meet there, or the one that it is in. */
static void add_both_sides(strata *list, size_t memory_bytes, size_t byte) {
    add_stratum(list, memory_bytes, byte - 1);
    add_stratum(list, memory_bytes, byte);
}

/* Of y's memory, or the mask's. */
static strata strata_of(const session *s, const view *v, int is_mask) {
    const size_t memory_bytes = is_mask ? s->mask_bytes : s->out_bytes;
    const int64_t count = view_count(v), numbers[] = {0, count / 2, count - 1, INT64_C(1) << 31, INT64_C(1) << 32};
    strata list = {.bytes = is_mask ? stratum / 8 : stratum * s->size};
    uint64_t state = (uint64_t)count;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int64_t index[dims];
        if (numbers[i] >= count) continue;
        view_index(v, numbers[i], index);
        add_both_sides(&list, memory_bytes, is_mask ? mask_at + (size_t)numbers[i] / 8 : (size_t)view_place(&v->y, index) * s->size);
    }
    for (int log2 = 31; log2 <= 32; log2++) {
        add_both_sides(&list, memory_bytes, (size_t)1 << log2);
        if (!is_mask) add_both_sides(&list, memory_bytes, s->size << log2);
    }
    for (int i = 0; i < 12; i++) add_stratum(&list, memory_bytes, (size_t)(random_unit(&state) * (double)memory_bytes));
    add_stratum(&list, memory_bytes, memory_bytes - 1);
    return list;
}

static int prepare(const session *s, const strata *list, int is_mask) {
    ramp_status status = RAMP_OK;
    memset(s->got, poison, list->bytes);
    for (size_t i = 0; i < list->count && status == RAMP_OK; i++) {
        if (s->is_sparse && !is_mask) {
            if (!CHECK(sparse_own(s->out + list->start[i], list->bytes, poison), "no memory for a stratum: %s", strerror(errno))) return 0;
        } else
            status = ramp_memory_upload(s->dev, is_mask ? s->mask : s->out, list->start[i], s->got, list->bytes);
    }
    return CHECK_STATUS(status, RAMP_OK);
}

static void pick(const session *s, const places *from, const int64_t *index, char *to, size_t number) {
    const size_t at = (size_t)view_place(from, index) * s->size % large_period;
    memcpy(to + number * s->size, s->pattern + at, s->size);
}

static ramp_tensor dense(void *data, ramp_dtype dtype, size_t count) {
    const int64_t shape = (int64_t)count;
    return ramp_tensor_dense(data, dtype, 1, &shape);
}

/* What a stratum of y must hold, of n elements that were picked: into s->want, next to each other; and their mask into s->bits, if is_mask. */
static int compute(const session *s, const ramp_op *op, int is_backward, int is_mask, size_t n) {
    const ramp_tensor x = dense(s->x, s->dtype, n), dy = dense(s->dy, s->dtype, n), y = dense(s->want, s->dtype, n),
                      mask = dense(s->bits, RAMP_BIT, n);
    return CHECK_STATUS(is_backward ? ramp_backward(s->cpu, op, RAMP_SAVED_INPUT, &x, &dy, &y)
                                    : ramp_forward(s->cpu, op, &x, &y, is_mask ? &mask : NULL),
                        RAMP_OK);
}

typedef struct verdict {
    unsigned long long wrong, first;
} verdict;

static void check_values(const session *s, const view *v, const ramp_op *op, int is_backward, size_t start, verdict *result) {
    const int64_t first = (int64_t)(start / s->size);
    const uint64_t untouched = s->size == 2 ? 0xa5a5u : s->size == 4 ? 0xa5a5a5a5u : UINT64_C(0xa5a5a5a5a5a5a5a5);
    int64_t index[dims];
    size_t picked = 0;
    static unsigned char is_there[stratum];
    for (size_t i = 0; i < stratum; i++) {
        is_there[i] = (unsigned char)view_find(v, first + (int64_t)i, index);
        if (!is_there[i]) continue;
        pick(s, &v->x, index, s->x, picked);
        if (is_backward) pick(s, &v->dy, index, s->dy, picked);
        picked++;
    }
    if (!compute(s, op, is_backward, 0, picked)) return;
    for (size_t i = 0, k = 0; i < stratum; i++) {
        const uint64_t want = is_there[i] ? bits_load(s->dtype, s->want, k++) : untouched;
        if (!bits_same(s->dtype, bits_load(s->dtype, s->got, i), want) && result->wrong++ == 0)
            result->first = (unsigned long long)first + i;
    }
}

static void check_bits(const session *s, const view *v, const ramp_op *op, size_t start, verdict *result) {
    const int64_t count = view_count(v), end = mask_at + (count + 7) / 8;
    const size_t from = start > mask_at ? start : mask_at, to = start + stratum / 8 < (size_t)end ? start + stratum / 8 : (size_t)end;
    size_t picked = 0;
    int64_t index[dims];
    for (int64_t number = (int64_t)(from - mask_at) * 8; from < to && number < count && picked < (to - from) * 8; number++) {
        view_index(v, number, index);
        pick(s, &v->x, index, s->x, picked++);
    }
    if (!compute(s, op, 0, 1, picked)) return;
    for (size_t at = start; at < start + stratum / 8; at++) {
        const unsigned char want = at >= from && at < to ? s->bits[at - from] : poison;
        if ((unsigned char)s->got[at - start] != want && result->wrong++ == 0) result->first = at;
    }
}

static void check(const session *s, const view *v, const ramp_op *op, const kind *k, const strata *list, int is_mask) {
    verdict result = {0, 0};
    for (size_t i = 0; i < list->count; i++) {
        if (!CHECK_STATUS(ramp_memory_download(s->dev, s->got, is_mask ? s->mask : s->out, list->start[i], list->bytes), RAMP_OK)) return;
        if (is_mask)
            check_bits(s, v, op, list->start[i], &result);
        else
            check_values(s, v, op, k->is_backward, list->start[i], &result);
    }
    CHECK(result.wrong == 0, "%s, %lld elements of %s, %s: %llu of the looked at are wrong, the first is %s number %llu of its memory",
          v->name, (long long)view_count(v), bits_name(s->dtype), k->name, result.wrong, is_mask ? "byte" : "element", result.first);
}

/* ---- Calls ---- */

static ramp_tensor tensor_of(const session *s, const view *v, const places *p, char *data) {
    ramp_tensor t = ramp_tensor_dense(data, s->dtype, dims, v->shape);
    memcpy(t.strides, p->stride, sizeof p->stride);
    t.byte_offset = (uint64_t)p->at * s->size;
    return t;
}

static ramp_status call(const session *s, const view *v, const ramp_op *op, const kind *k) {
    const ramp_tensor x = tensor_of(s, v, &v->x, s->in), dy = tensor_of(s, v, &v->dy, s->in), y = tensor_of(s, v, &v->y, s->out);
    ramp_tensor mask = ramp_tensor_dense(s->mask, RAMP_BIT, dims, v->shape);
    mask.byte_offset = mask_at;
    if (!k->is_backward) return ramp_forward(s->dev, op, &x, &y, k->has_mask ? &mask : NULL);
    return ramp_backward(s->dev, op, k->has_mask ? RAMP_SAVED_MASK : RAMP_SAVED_INPUT, k->has_mask ? &mask : &x, &dy, &y);
}

/* A backward pass from a mask has the one that the forward pass before it wrote. */
static void run_view(const session *s, const view *v, const ramp_op *op) {
    static const kind kinds[] = {
        {"forward", 0, 0}, {"backward from the input", 1, 0}, {"forward with a mask", 0, 1}, {"backward from the mask", 1, 1}};
    const strata values = strata_of(s, v, 0), bits = strata_of(s, v, 1);
    const int has_mask = (ramp_op_saves(op, s->dtype) & 1u << RAMP_SAVED_MASK) != 0;
    for (size_t i = 0; i < (has_mask ? 4 : 2); i++) {
        const kind *k = &kinds[i];
        const int writes_mask = k->has_mask && !k->is_backward;
        if (!prepare(s, &values, 0) || (writes_mask && !prepare(s, &bits, 1))) return;
        if (!CHECK_STATUS(call(s, v, op, k), RAMP_OK)) return;
        check(s, v, op, k, &values, 0);
        if (writes_mask) check(s, v, op, k, &bits, 1);
    }
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* hardtanh has a mask, and gelu is looked up in 16-bit types where there are 2^20 elements and more. */
static void run_all(const session *s, const view *list, size_t views, int only_far) {
    const ramp_op ops[] = {ramp_op_default(RAMP_HARDTANH), ramp_op_default(RAMP_GELU)};
    for (size_t o = 0; o < 2; o++)
        for (size_t i = 0; i < views; i++) {
            const view *v = &list[i];
            const double begun = seconds();
            char name[64];
            if (v->is_far < only_far || (o == 1 && (s->size != 2 || view_count(v) < 1 << 20))) continue;
            run_view(s, v, &ops[o]);
            CHECK_STATUS(ramp_op_format(&ops[o], name, sizeof name), RAMP_OK);
            printf("%s, %lld elements of %s, %s: checked, %.1f s\n", v->name, (long long)view_count(v), bits_name(s->dtype), name,
                   seconds() - begun);
            fflush(stdout);
        }
}

static int fits(const ramp_device *dev, ramp_dtype dtype, int64_t count, int64_t room) {
    ramp_device_info info;
    if (!CHECK_STATUS(ramp_device_describe(dev, &info), RAMP_OK)) return 0;
    const uint64_t one = (uint64_t)room * bits_size(dtype), all = 2 * one + (uint64_t)count / 8;
    const uint64_t most = info.max_alloc != 0 && info.max_alloc < info.memory ? info.max_alloc : info.memory;
    if ((info.dtypes & 1u << dtype) == 0)
        printf("SKIPPED in part: views of %s: %s does not compute it\n", bits_name(dtype), info.name);
    else if (one > most || all + all / 8 > info.memory)
        printf("SKIPPED in part: views of %lld elements of %s: %s allows %llu bytes at once of %llu; they need %llu of %llu and some to "
               "spare\n",
               (long long)room, bits_name(dtype), info.name, (unsigned long long)most, (unsigned long long)info.memory,
               (unsigned long long)one, (unsigned long long)all);
    else
        return 1;
    return 0;
}

static void run_size(ramp_device *dev, ramp_device *cpu, ramp_dtype dtype, int64_t count, int only_far) {
    view list[most_views];
    const int64_t room = views_room(count);
    session s = {
        .dev = dev, .cpu = cpu, .dtype = dtype, .size = bits_size(dtype), .is_sparse = strcmp(ramp_device_backend(dev), "cpu") == 0};
    if (!s.is_sparse && !fits(dev, dtype, count, room)) return;
    if (large_create(&s, count, room)) run_all(&s, list, views_make(count, list), only_far);
    large_destroy(&s);
}

void large_views(ramp_device *dev, int only_far, uint64_t elements) {
    ramp_device *cpu;
    if (!CHECK_STATUS(ramp_device_open(&cpu, "cpu"), RAMP_OK)) return;
    run_size(dev, cpu, RAMP_F16, elements > 0 ? (int64_t)elements : (INT64_C(1) << 32) + 3, only_far);
    if (elements == 0) run_size(dev, cpu, RAMP_F32, (INT64_C(1) << 31) + 5, only_far);
    ramp_device_close(cpu);
}
