#include "tensor.h"
#include "op.h"

static uint64_t magnitude(int64_t stride) { return stride < 0 ? 0 - (uint64_t)stride : (uint64_t)stride; }

/* Put dimension numbers 0 .. n-1 into `order`, largest stride first; equal ones stay as they are. */
static void order_dimensions(const int64_t *strides, int n, int *order) {
    for (int i = 0; i < n; i++) {
        int at = i;
        for (; at > 0 && magnitude(strides[order[at - 1]]) < magnitude(strides[i]); at--) order[at] = order[at - 1];
        order[at] = i;
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

/* The product of the sizes; 0: it overflows int64 or a size is negative, and *bad says which dimension. */
static int count_elements(const ramp_tensor *t, uint64_t *count, int *bad) {
    int64_t product = 1;
    int empty = 0;
    for (int i = 0; i < t->ndim; i++) {
        *bad = i;
        if (t->shape[i] < 0) return 0;
        if (t->shape[i] == 0) empty = 1;
        if (__builtin_mul_overflow(product, t->shape[i] > 0 ? t->shape[i] : 1, &product)) return 0;
    }
    *count = empty ? 0 : (uint64_t)product;
    return 1;
}

size_t ramp_tensor_bytes(const ramp_tensor *t) {
    uint64_t count;
    int bad;
    size_t bytes;
    if (t == NULL || t->ndim < 0 || t->ndim > RAMP_MAX_DIMS || !count_elements(t, &count, &bad)) return 0;
    if (t->dtype == RAMP_BIT) return (size_t)(count / 8 + (count % 8 != 0));
    return __builtin_mul_overflow((size_t)count, dtype_size(t->dtype), &bytes) ? 0 : bytes;
}

ramp_status tensor_check(const ramp_tensor *t, const char *role, uint64_t *count) {
    int bad;
    int64_t bytes;
    if (t == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s is NULL", role);
    if (dtype_name(t->dtype) == NULL)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: dtype %d is none; use RAMP_F32, RAMP_F64, RAMP_F16 or RAMP_BF16", role,
                              (int)t->dtype);
    if (t->memory != RAMP_MEMORY_NATIVE && t->memory != RAMP_MEMORY_SVM)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: memory %d is none; use RAMP_MEMORY_NATIVE", role, (int)t->memory);
    if (t->ndim < 0 || t->ndim > RAMP_MAX_DIMS)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: ndim is %d; allowed: 0 to %d", role, (int)t->ndim, RAMP_MAX_DIMS);
    if (!count_elements(t, count, &bad)) {
        if (t->shape[bad] < 0)
            return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: shape[%d] is %lld; sizes are 0 or more", role, bad, (long long)t->shape[bad]);
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: the product of its sizes overflows 2^63 at shape[%d] = %lld", role, bad,
                              (long long)t->shape[bad]);
    }
    int64_t size = (int64_t)dtype_size(t->dtype);
    if (__builtin_mul_overflow((int64_t)*count, size, &bytes) || t->byte_offset > (uint64_t)(INT64_MAX - bytes))
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: %llu elements of %lld bytes at byte offset %llu end past 2^63", role,
                              (unsigned long long)*count, (long long)size, (unsigned long long)t->byte_offset);
    if (*count > 0 && t->data == NULL)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: data is NULL, and the tensor has %llu elements", role, (unsigned long long)*count);
    return RAMP_OK;
}

void tensor_canonicalise(const ramp_tensor *const *tensors, ramp_operand *const *operands, int count, ramp_job *job) {
    int order[RAMP_MAX_DIMS], n = 0;
    job->ndim = 0;
    if (job->count <= 1) return;
    order_dimensions(tensors[0]->strides, tensors[0]->ndim, order);
    for (int i = 0; i < tensors[0]->ndim; i++) {
        int64_t size = tensors[0]->shape[order[i]];
        if (size == 1) continue;
        int merges = n > 0;
        for (int k = 0; k < count && merges; k++) {
            int64_t run; /* from one step of the outer dimension to the next, if the two are contiguous */
            merges = !__builtin_mul_overflow(tensors[k]->strides[order[i]], size, &run) && run == operands[k]->strides[n - 1];
        }
        if (!merges) job->shape[n++] = 1;
        job->shape[n - 1] *= size; /* the whole product was checked */
        for (int k = 0; k < count; k++) operands[k]->strides[n - 1] = tensors[k]->strides[order[i]];
    }
    job->ndim = n;
}
