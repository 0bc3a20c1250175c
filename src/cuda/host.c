/*
 * host.c: streams beside the device's own, and page-locked memory: what passes the host's arrays through the device.
 */
#include <stdint.h>

#include "cuda_device.h"

ramp_status cuda_queue_create(void *self, void **queue) {
    const cuda_device *device = self;
    int pushed;
    CUstream stream = NULL;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    if (status == RAMP_OK) *queue = stream;
    return cuda_leave(pushed, status);
}

void cuda_queue_destroy(void *self, void *queue) {
    const cuda_device *device = self;
    int pushed;
    if (cuda_enter(device->program->context, &pushed) != RAMP_OK) return;
    CU_DROP(cuStreamSynchronize(queue));
    CU_DROP(cuStreamDestroy(queue));
    (void)cuda_leave(pushed, RAMP_OK);
}

ramp_status cuda_queue_upload(void *self, void *queue, void *data, const void *src, size_t bytes) {
    const cuda_device *device = self;
    int pushed;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuMemcpyHtoDAsync((CUdeviceptr)(uintptr_t)data, src, bytes, queue));
    return cuda_leave(pushed, status);
}

ramp_status cuda_queue_download(void *self, void *queue, void *dst, const void *data, size_t bytes) {
    const cuda_device *device = self;
    int pushed;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuMemcpyDtoHAsync(dst, (CUdeviceptr)(uintptr_t)data, bytes, queue));
    return cuda_leave(pushed, status);
}

ramp_status cuda_queue_wait(void *self, void *queue) {
    const cuda_device *device = self;
    int pushed;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuStreamSynchronize(queue));
    return cuda_leave(pushed, status);
}

/* Portable: every context of the process knows it for what it is. */
ramp_status cuda_host_alloc(void *self, size_t bytes, void **data) {
    const cuda_device *device = self;
    int pushed;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuMemHostAlloc(data, bytes, CU_MEMHOSTALLOC_PORTABLE));
    return cuda_leave(pushed, status);
}

void cuda_host_release(void *self, void *data) {
    const cuda_device *device = self;
    int pushed;
    if (cuda_enter(device->program->context, &pushed) != RAMP_OK) return;
    CU_DROP(cuMemFreeHost(data));
    (void)cuda_leave(pushed, RAMP_OK);
}

/* The driver knows nothing of malloc's memory, and says so by an error; managed memory is the host's too, though its type is the device's. */
ramp_status cuda_host_look(void *self, const void *data, int *is_pinned) {
    const cuda_device *device = self;
    const CUdeviceptr address = (CUdeviceptr)(uintptr_t)data;
    CUmemorytype type = 0;
    unsigned managed = 0;
    int pushed;
    *is_pinned = 0;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status != RAMP_OK) return status;
    if (cuda_driver.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, address) == CUDA_SUCCESS) {
        if (cuda_driver.cuPointerGetAttribute(&managed, CU_POINTER_ATTRIBUTE_IS_MANAGED, address) != CUDA_SUCCESS) managed = 0;
        *is_pinned = type == CU_MEMORYTYPE_HOST && !managed;
        if (type == CU_MEMORYTYPE_DEVICE && !managed)
            status = ramp_error_set(
                RAMP_ERROR_ARGUMENT,
                "%p is memory of the device's, and the call takes arrays of the host's: use ramp_forward, ramp_backward", data);
    }
    return cuda_leave(pushed, status);
}
