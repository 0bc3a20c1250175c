/* host.c: queues beside the device's own: what passes the host's arrays through the device. The driver stages what it must. */
#include "opencl.h"

ramp_status opencl_queue_create(void *self, void **queue) {
    const opencl_device *dev = self;
    cl_command_queue made;
    cl_int code;
    ramp_status status = CL_CREATE(made, code, clCreateCommandQueue(dev->context, dev->id, 0, &code));
    if (status == RAMP_OK) *queue = made;
    return status;
}

void opencl_queue_destroy(void *self, void *queue) {
    (void)self;
    (void)ramp_cl.clFinish(queue);
    (void)ramp_cl.clReleaseCommandQueue(queue);
}

ramp_status opencl_queue_upload(void *self, void *queue, void *data, const void *src, size_t bytes) {
    (void)self;
    CL_TRY(clEnqueueWriteBuffer(queue, data, CL_FALSE, 0, bytes, src, 0, NULL, NULL));
    return RAMP_OK;
}

ramp_status opencl_queue_download(void *self, void *queue, void *dst, const void *data, size_t bytes) {
    (void)self;
    CL_TRY(clEnqueueReadBuffer(queue, (cl_mem)data, CL_FALSE, 0, bytes, dst, 0, NULL, NULL));
    return RAMP_OK;
}

ramp_status opencl_queue_wait(void *self, void *queue) {
    (void)self;
    return CL_STATUS(clFinish(queue));
}
