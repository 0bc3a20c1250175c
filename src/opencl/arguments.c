#include "opencl.h"

#include <assert.h>

void opencl_push(opencl_arguments *a, const void *value, size_t size) {
    assert(a->count < sizeof a->argument / sizeof a->argument[0]);
    a->argument[a->count].value = value;
    a->argument[a->count++].size = size;
}

/* A pointer is given with its bytes added, since those may stand for a negative number: it then lies in its allocation wherever `data` lies. */
void opencl_push_operand(opencl_arguments *a, const ramp_operand *operand) {
    static const cl_ulong zero = 0;
    if (operand->data != NULL && operand->memory == RAMP_MEMORY_SVM) {
        opencl_push(a, (const void *)((uintptr_t)operand->data + (uintptr_t)operand->byte_offset), 0);
        opencl_push(a, &zero, sizeof zero);
    } else {
        opencl_push(a, &operand->data, sizeof(cl_mem));
        opencl_push(a, &operand->byte_offset, sizeof(cl_ulong));
    }
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

ramp_status opencl_set_arguments(cl_kernel kernel, const opencl_arguments *a) {
    for (cl_uint i = 0; i < a->count; i++) {
        if (a->argument[i].size > 0)
            CL_TRY(clSetKernelArg(kernel, i, a->argument[i].size, a->argument[i].value));
        else
            CL_TRY(clSetKernelArgSVMPointer(kernel, i, a->argument[i].value));
    }
    return RAMP_OK;
}
