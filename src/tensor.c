#include "tensor.h"
#include "op.h"

static uint64_t magnitude(int64_t stride) { return stride < 0 ? 0 - (uint64_t)stride : (uint64_t)stride; }

/* Put dimension numbers 0 .. n-1 into `order`, largest stride first; equal ones stay as they are. A stride of 0 tells of no order: its dimension keeps
 * its place, and the others are ordered around it. */
static void order_dimensions(const int64_t *strides, int n, int *order) {
    int place[RAMP_MAX_DIMS], count = 0; /* of those that are not 0 */
    for (int i = 0; i < n; i++) {
        order[i] = i;
        if (strides[i] == 0) continue;
        place[count] = i;
        int at = count++;
        for (; at > 0 && magnitude(strides[order[place[at - 1]]]) < magnitude(strides[i]); at--) order[place[at]] = order[place[at - 1]];
        order[place[at]] = i;
    }
}

ramp_tensor ramp_tensor_dense(void *data, ramp_dtype dtype, int ndim, const int64_t *shape) {
    ramp_tensor t = {.data = data, .dtype = dtype, .ndim = ndim};
    if (ndim < 0 || ndim > RAMP_MAX_DIMS || (ndim > 0 && shape == NULL)) {
        t.ndim = ndim == 0 || shape != NULL ? ndim : -1;
        return t;
    }
    int64_t stride = 1;
    for (int i = ndim - 1; i >= 0; i--) {
        t.shape[i] = shape[i];
        t.strides[i] = stride;
        /* An overflow is refused where the tensor is used: its shape overflows too. */
        if (__builtin_mul_overflow(stride, shape[i] > 0 ? shape[i] : 1, &stride)) stride = INT64_MAX;
    }
    return t;
}

ramp_tensor ramp_tensor_like(const ramp_tensor *t, void *data, ramp_dtype dtype) {
    if (t == NULL || t->ndim < 0 || t->ndim > RAMP_MAX_DIMS) return ramp_tensor_dense(data, dtype, -1, NULL);
    ramp_tensor like = ramp_tensor_dense(data, dtype, t->ndim, t->shape);
    int order[RAMP_MAX_DIMS];
    order_dimensions(t->strides, t->ndim, order);
    int64_t stride = 1;
    for (int i = t->ndim - 1; i >= 0; i--) {
        int64_t size = t->shape[order[i]];
        like.strides[order[i]] = stride;
        if (__builtin_mul_overflow(stride, size > 0 ? size : 1, &stride)) stride = INT64_MAX;
    }
    return like;
}

/* The product of the sizes; 0: it overflows int64 or a size is negative, and *bad says which dimension. One size of 0 makes the product 0, whatever
 * the others are. */
static int count_elements(const ramp_tensor *t, uint64_t *count, int *bad) {
    int64_t product = 1;
    int is_empty = 0;
    for (*bad = 0; *bad < t->ndim; ++*bad) {
        if (t->shape[*bad] < 0) return 0;
        is_empty |= t->shape[*bad] == 0;
    }
    for (*bad = 0; *bad < t->ndim && !is_empty; ++*bad)
        if (__builtin_mul_overflow(product, t->shape[*bad], &product)) return 0;
    *count = is_empty ? 0 : (uint64_t)product;
    return 1;
}

static uint64_t bytes_of_bits(uint64_t count) { return count / 8 + (count % 8 != 0); }

size_t ramp_tensor_bytes(const ramp_tensor *t) {
    uint64_t count;
    int bad;
    size_t bytes;
    if (t == NULL || t->ndim < 0 || t->ndim > RAMP_MAX_DIMS || !count_elements(t, &count, &bad)) return 0;
    if (t->dtype == RAMP_BIT) return (size_t)bytes_of_bits(count);
    return __builtin_mul_overflow((size_t)count, dtype_size(t->dtype), &bytes) ? 0 : bytes;
}

ramp_status tensor_check_mask(const ramp_tensor *t, const char *role) {
    int order[RAMP_MAX_DIMS];
    int64_t stride = 1;
    order_dimensions(t->strides, t->ndim, order);
    for (int i = t->ndim - 1; i >= 0; i--) {
        int d = order[i];
        if (t->shape[d] == 1) continue;
        if (t->strides[d] != stride)
            return ramp_error_set(
                RAMP_ERROR_ARGUMENT,
                "%s: strides[%d] is %lld: a mask must be dense, in any order of its dimensions, and this one could have %lld there; "
                "ramp_tensor_like(&y, bits, RAMP_BIT) makes the best",
                role, d, (long long)t->strides[d], (long long)stride);
        stride *= t->shape[d];
    }
    return RAMP_OK;
}

/* Which of the dimensions that go up, or down, reaches farthest. */
static int find_farthest(const ramp_tensor *t, int down) {
    uint64_t most = 0, span;
    int farthest = 0;
    for (int i = 0; i < t->ndim; i++) {
        if ((t->strides[i] < 0) != down) continue;
        if (__builtin_mul_overflow(magnitude(t->strides[i]), (uint64_t)(t->shape[i] - 1), &span)) span = UINT64_MAX;
        if (span > most) {
            most = span;
            farthest = i;
        }
    }
    return farthest;
}

/* In bytes; 0: it overflows, and *bad says in which dimension, or which adds most to a sum that does. */
static int reach_of(const ramp_tensor *t, int64_t size, tensor_reach *reach, int *bad) {
    reach->low = 0;
    reach->high = size;
    for (int i = 0; i < t->ndim; i++) {
        const int down = t->strides[i] < 0;
        int64_t span, *end = down ? &reach->low : &reach->high;
        *bad = i;
        if (__builtin_mul_overflow(t->strides[i], t->shape[i] - 1, &span) || __builtin_mul_overflow(span, size, &span)) return 0;
        if (!__builtin_add_overflow(*end, span, end)) continue;
        *bad = find_farthest(t, down);
        return 0;
    }
    if (reach->high <= INT64_MAX / 2 && reach->low >= -(INT64_MAX / 2)) return 1;
    *bad = find_farthest(t, reach->high <= INT64_MAX / 2);
    return 0;
}

/* 0: it is no run, or it is empty, or something is wrong with it. */
static int measure_run(const ramp_tensor *t, tensor_reach *reach) {
    const int64_t size = (int64_t)dtype_size(t->dtype);
    int64_t run = 1, bytes;
    for (int i = t->ndim - 1; i >= 0; i--) {
        if (t->shape[i] == 1) continue;
        if (t->strides[i] != run || t->shape[i] <= 0 || __builtin_mul_overflow(run, t->shape[i], &run)) return 0;
    }
    if (__builtin_mul_overflow(run, size, &bytes) || bytes > INT64_MAX / 2) return 0;
    if (t->dtype == RAMP_BIT) bytes = (int64_t)bytes_of_bits((uint64_t)run);
    *reach = (tensor_reach){.count = (uint64_t)run, .high = bytes, .is_run = 1};
    return 1;
}

static ramp_status measure_strided(const ramp_tensor *t, const char *role, tensor_reach *reach) {
    int bad;
    *reach = (tensor_reach){.count = 0};
    if (!count_elements(t, &reach->count, &bad)) {
        if (t->shape[bad] < 0)
            return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: shape[%d] is %lld; sizes are 0 or more", role, bad, (long long)t->shape[bad]);
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: the product of its sizes overflows 2^63 at shape[%d] = %lld", role, bad,
                              (long long)t->shape[bad]);
    }
    if (reach->count == 0) return RAMP_OK;
    if (t->dtype == RAMP_BIT)
        reach->high = (int64_t)bytes_of_bits(reach->count);
    else if (!reach_of(t, (int64_t)dtype_size(t->dtype), reach, &bad))
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: shape[%d] = %lld with strides[%d] = %lld reaches further than 2^62 bytes", role,
                              bad, (long long)t->shape[bad], bad, (long long)t->strides[bad]);
    return RAMP_OK;
}

static ramp_status check_known_dtype(const ramp_tensor *t, const char *role, int is_mask) {
    if (dtype_name(t->dtype) != NULL) return RAMP_OK;
    return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: dtype %d is none; use %s", role, (int)t->dtype,
                          is_mask ? "RAMP_BIT, which a mask is of" : "RAMP_F32, RAMP_F64, RAMP_F16 or RAMP_BF16");
}

static ramp_status check_known_memory(const ramp_tensor *t, const char *role) {
    if (t->memory == RAMP_MEMORY_NATIVE || t->memory == RAMP_MEMORY_SVM) return RAMP_OK;
    return ramp_error_set(RAMP_ERROR_ARGUMENT,
                          "%s: memory %d is none; use RAMP_MEMORY_NATIVE, or RAMP_MEMORY_SVM for OpenCL's shared virtual memory", role,
                          (int)t->memory);
}

static ramp_status measure(const ramp_tensor *t, const char *role, tensor_reach *reach) {
    if (t->ndim == -1)
        return ramp_error_set(
            RAMP_ERROR_ARGUMENT,
            "%s: ndim is -1, as ramp_tensor_dense leaves it where shape is NULL, and ramp_tensor_like where the tensor is not "
            "valid; allowed: 0 to %d",
            role, RAMP_MAX_DIMS);
    if (t->ndim < 0 || t->ndim > RAMP_MAX_DIMS)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: ndim is %d; allowed: 0 to %d", role, (int)t->ndim, RAMP_MAX_DIMS);
    return measure_run(t, reach) ? RAMP_OK : measure_strided(t, role, reach);
}

/* Of two tensors, the second of which was checked: whatever was found of its type and layout holds for the first. */
static int is_like(const ramp_tensor *t, const ramp_tensor *checked) {
    if (t->dtype != checked->dtype || t->ndim != checked->ndim) return 0;
    for (int d = 0; d < t->ndim; d++)
        if (t->shape[d] != checked->shape[d] || t->strides[d] != checked->strides[d]) return 0;
    return 1;
}

ramp_status tensor_check(const ramp_tensor *t, const char *role, int is_mask, const ramp_tensor *first, const tensor_reach *known,
                         tensor_reach *reach) {
    if (t == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s is NULL", role);
    const int is_known = first != NULL && is_like(t, first);
    if (is_known) *reach = *known;
    ramp_status status = is_known ? RAMP_OK : check_known_dtype(t, role, is_mask);
    if (status == RAMP_OK) status = check_known_memory(t, role);
    if (status == RAMP_OK && !is_known) status = measure(t, role, reach);
    if (status != RAMP_OK || reach->count == 0) return status;
    if (t->byte_offset > (uint64_t)INT64_MAX / 2)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: byte offset %llu is more than 2^62", role, (unsigned long long)t->byte_offset);
    if (t->data == NULL)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: data is NULL, and the tensor has %llu elements", role,
                              (unsigned long long)reach->count);
    return RAMP_OK;
}

/* Begin at the other end of the dimensions along which the leader goes down. */
static void turn_around(const ramp_tensor *t, const int64_t *leading, ramp_operand *operand) {
    uint64_t elements = 0;
    for (int d = 0; d < t->ndim; d++)
        if (leading[d] < 0 && t->shape[d] > 1) elements += (uint64_t)t->strides[d] * (uint64_t)(t->shape[d] - 1);
    operand->byte_offset += elements * dtype_size(t->dtype);
}

/* Out of line: what it keeps in registers would be saved by every call that does without it. */
__attribute__((noinline)) static void merge_strided(const ramp_tensor *const *tensors, ramp_operand *const *operands, int count, int leader,
                                                    ramp_job *job) {
    const int64_t *leading = tensors[leader]->strides;
    int order[RAMP_MAX_DIMS], n = 0;
    order_dimensions(leading, tensors[leader]->ndim, order);
    for (int i = 0; i < tensors[leader]->ndim; i++) {
        const int d = order[i], turned = leading[d] < 0;
        const int64_t size = tensors[leader]->shape[d];
        if (size == 1) continue;
        int64_t stride[RAMP_MAX_DIMS];
        int merges = n > 0;
        for (int k = 0; k < count; k++) {
            int64_t run; /* from one step of the outer dimension to the next, if the two are contiguous */
            stride[k] = turned ? -tensors[k]->strides[d] : tensors[k]->strides[d];
            merges = merges && !__builtin_mul_overflow(stride[k], size, &run) && run == operands[k]->strides[n - 1];
        }
        if (!merges) job->shape[n++] = 1;
        job->shape[n - 1] *= size; /* the whole product was checked */
        for (int k = 0; k < count; k++) operands[k]->strides[n - 1] = stride[k];
    }
    job->ndim = n;
    for (int k = 0; k < count; k++) turn_around(tensors[k], leading, operands[k]);
}

void tensor_canonicalise(const ramp_tensor *const *tensors, const tensor_reach *reach, ramp_operand *const *operands, int count, int leader,
                         ramp_job *job) {
    int runs = 0;
    while (runs < count && reach[runs].is_run) runs++;
    job->ndim = job->count > 1;
    job->shape[0] = (int64_t)job->count;
    for (int k = 0; k < count; k++) operands[k]->strides[0] = 1;
    if (job->count > 1 && runs < count) merge_strided(tensors, operands, count, leader, job);
}
