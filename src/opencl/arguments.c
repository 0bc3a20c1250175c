#include "opencl.h"

#include <assert.h>
#include <string.h>

static void push(opencl_arguments *a, const void *value, size_t size, int is_buffer) {
    assert(a->count < most_arguments);
    if (size == 0) a->svm |= 1u << a->count;
    a->argument[a->count].value = value;
    a->argument[a->count].size = size;
    a->argument[a->count++].is_buffer = is_buffer;
}

void opencl_push(opencl_arguments *a, const void *value, size_t size) { push(a, value, size, 0); }

void opencl_push_buffer(opencl_arguments *a, const void *buffer) { push(a, buffer, sizeof(cl_mem), 1); }

/* The bytes from the start of what was pushed. A pointer is given with its bytes added, since those may stand for a negative number: it then lies in its
 * allocation wherever `data` lies. */
static const uint64_t *push_memory(opencl_arguments *a, const ramp_operand *operand) {
    static const uint64_t zero = 0;
    if (operand->data != NULL && operand->memory == RAMP_MEMORY_SVM) {
        opencl_push(a, (const void *)((uintptr_t)operand->data + (uintptr_t)operand->byte_offset), 0);
        return &zero;
    }
    opencl_push_buffer(a, &operand->data);
    return &operand->byte_offset;
}

void opencl_push_operand(opencl_arguments *a, const ramp_operand *operand) {
    const uint64_t *at = push_memory(a, operand);
    opencl_push(a, at, sizeof(cl_ulong));
}

void opencl_push_flat(opencl_arguments *a, const ramp_operand *x, const ramp_operand *dy, const ramp_operand *y, uint64_t count,
                      int is_backward) {
    a->flat.x = *push_memory(a, x);
    a->flat.dy = is_backward ? *push_memory(a, dy) : 0;
    a->flat.y = *push_memory(a, y);
    a->flat.count = count;
    opencl_push(a, &a->flat, sizeof a->flat);
}

/* They are rounded to the compute type already, so that p32 changes no value. */
void opencl_push_parameters(opencl_arguments *a, ramp_dtype dtype, const double *param) {
    for (int i = 0; i < 4; i++) {
        a->p32.s[i] = (float)param[i];
        a->p64.s[i] = param[i];
    }
    if (dtype == RAMP_F64)
        opencl_push(a, &a->p64, sizeof a->p64);
    else
        opencl_push(a, &a->p32, sizeof a->p32);
}

_Static_assert(sizeof(ramp_flat) <= kept_bytes && RAMP_MAX_PARAMS * sizeof(double) <= kept_bytes, "neither is set at every call");

/* From one call to the next little changes but the buffers: what the kernel has already is not set again. */
static ramp_status set_argument(opencl_kernel_copy *copy, cl_uint i, const opencl_arguments *a) {
    const void *value = a->argument[i].value;
    const size_t size = a->argument[i].size;
    const int may_keep = !a->argument[i].is_buffer && size <= kept_bytes;
    if (may_keep && (copy->kept >> i & 1u) != 0 && memcmp(copy->value[i], value, size) == 0) return RAMP_OK;
    copy->kept &= ~(1u << i);
    CL_TRY(clSetKernelArg(copy->handle, i, size, value));
    if (!may_keep) return RAMP_OK;
    memcpy(copy->value[i], value, size);
    copy->kept |= 1u << i;
    return RAMP_OK;
}

/* NVIDIA's driver (580) refuses to queue a kernel one of whose arguments was an SVM pointer once and is a buffer now:
 * CL_INVALID_KERNEL_ARGS. */
ramp_status opencl_set_arguments(opencl_kernel *kernel, opencl_kernel_copy *copy, const opencl_arguments *a) {
    if (copy->handle == NULL || (copy->svm & ~a->svm) != 0) {
        ramp_status status = opencl_kernel_renew(kernel, copy);
        if (status != RAMP_OK) return status;
    }
    copy->svm |= a->svm;
    for (cl_uint i = 0; i < a->count; i++) {
        ramp_status status =
            a->argument[i].size > 0 ? set_argument(copy, i, a) : CL_STATUS(clSetKernelArgSVMPointer(copy->handle, i, a->argument[i].value));
        if (status != RAMP_OK) return status;
    }
    return RAMP_OK;
}
