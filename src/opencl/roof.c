#include "opencl.h"

ramp_status opencl_roof(void *self, ramp_roof roof, size_t bytes, void *to, const void *a, const void *b) {
    opencl_device *dev = self;
    opencl_kernel *kernel;
    const opencl_place at = {.queue = dev->queue};
    const void *none = NULL;
    const cl_ulong count = bytes / sizeof(cl_float);
    opencl_arguments args = {.count = 0};
    ramp_status status = opencl_order(dev, 1);
    if (status != RAMP_OK || bytes == 0) return status;
    if (roof == RAMP_ROOF_VENDOR_COPY) {
        CL_TRY(clEnqueueCopyBuffer(dev->queue, (cl_mem)a, to, 0, 0, bytes, 0, NULL, NULL));
        return RAMP_OK;
    }
    status = opencl_kernel_roof(dev, roof == RAMP_ROOF_ADD, &kernel);
    if (status != RAMP_OK) return status;
    opencl_push_buffer(&args, &to);
    opencl_push_buffer(&args, &a);
    opencl_push_buffer(&args, roof == RAMP_ROOF_ADD ? &b : &none);
    opencl_push(&args, &count, sizeof count);
    return opencl_enqueue(kernel, &at, &args, opencl_items(kernel, dev->is_cpu ? FORM_RUN : FORM_BRIEF, count, 4));
}
