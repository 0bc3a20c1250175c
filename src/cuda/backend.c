/*
 * backend.c: devices, memory and events of the CUDA backend, and its table.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda_backend.h"
#include "cuda_device.h"

/* ---- Devices ---- */

static void fill_info(CUdevice device, ramp_device_info *info) {
    int version = 0, mode = 0;
    size_t bytes = 0;
    memset(info, 0, sizeof *info);
    snprintf(info->backend, sizeof info->backend, "%s", ramp_backend_cuda.name);
    info->type = RAMP_DEVICE_GPU;
    info->dtypes = 1u << RAMP_F32 | 1u << RAMP_F64 | 1u << RAMP_F16 | 1u << RAMP_BF16;
    info->status = CU_TRY(cuDeviceGetName(info->name, (int)sizeof info->name, device));
    if (info->status == RAMP_OK) info->status = CU_TRY(cuDriverGetVersion(&version));
    if (info->status == RAMP_OK) info->status = CU_TRY(cuDeviceTotalMem(&bytes, device));
    if (info->status == RAMP_OK) info->status = CU_TRY(cuDeviceGetAttribute(&mode, CU_DEVICE_ATTRIBUTE_COMPUTE_MODE, device));
    if (info->status == RAMP_OK && mode == CU_COMPUTEMODE_PROHIBITED)
        info->status = ramp_error_set(RAMP_ERROR_UNAVAILABLE, "the device's compute mode is \"prohibited\" (nvidia-smi -c 0 allows it)");
    if (info->status != RAMP_OK) snprintf(info->reason, sizeof info->reason, "%s", ramp_last_error());
    snprintf(info->driver, sizeof info->driver, "CUDA %d.%d", version / 1000, version % 1000 / 10);
    info->memory = info->max_alloc = bytes;
}

/* cannot: the status where the driver has no such device. */
static ramp_status device_of(int ordinal, ramp_status cannot, CUdevice *device) {
    int count = 0;
    ramp_status status = cuda_driver_start();
    if (status == RAMP_OK) status = CU_TRY(cuDeviceGetCount(&count));
    if (status != RAMP_OK) return status;
    if (ordinal < 0 || ordinal >= count)
        return ramp_error_set(cannot, "there is no CUDA device %d: the driver has %d, numbered from 0", ordinal, count);
    return CU_TRY(cuDeviceGet(device, ordinal));
}

static ramp_status list(ramp_device_info *rows, size_t capacity, size_t *count) {
    int devices = 0;
    *count = 0;
    ramp_status status = cuda_driver_start();
    if (status != RAMP_OK) return status;
    status = CU_TRY(cuDeviceGetCount(&devices));
    if (status != RAMP_OK) return RAMP_ERROR_UNAVAILABLE;
    if (devices == 0) return ramp_error_set(RAMP_ERROR_UNAVAILABLE, "the CUDA driver has no device");
    for (int i = 0; i < devices && (size_t)i < capacity; i++) {
        CUdevice device;
        status = CU_TRY(cuDeviceGet(&device, i));
        if (status != RAMP_OK) return RAMP_ERROR_UNAVAILABLE;
        fill_info(device, &rows[i]);
    }
    *count = (size_t)devices;
    return RAMP_OK;
}

/* Takes over the program. wrapped: `stream` is the caller's; else one is made. */
static ramp_status make_device(cuda_program *program, CUstream stream, int wrapped, void **self) {
    int pushed;
    ramp_status status = RAMP_OK;
    cuda_device *device = malloc(sizeof *device);
    if (device == NULL) {
        status = ramp_error_set(RAMP_ERROR_MEMORY, "no memory for a CUDA device's handle");
    } else if (!wrapped) {
        status = cuda_enter(program->context, &pushed);
        if (status == RAMP_OK) status = CU_TRY(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING)); /* the legacy stream does not hold it up */
        status = cuda_leave(pushed, status);
    }
    if (status != RAMP_OK) {
        free(device);
        cuda_program_release(program, !wrapped);
        return status;
    }
    *device = (cuda_device){.program = program, .stream = stream, .wrapped = wrapped};
    *self = device;
    return RAMP_OK;
}

/* On the device's primary context, the one that the runtime library and every other guest use. */
static ramp_status make_primary(CUdevice device, CUstream stream, int wrapped, void **self) {
    CUcontext context;
    cuda_program *program;
    ramp_status status = CU_TRY(cuDevicePrimaryCtxRetain(&context, device));
    if (status != RAMP_OK) return status == RAMP_ERROR_DEVICE ? RAMP_ERROR_UNAVAILABLE : status;
    status = cuda_program_acquire(context, device, 1, &program);
    return status == RAMP_OK ? make_device(program, stream, wrapped, self) : status;
}

static ramp_status open_device(int ordinal, void **self) {
    CUdevice device;
    ramp_status status = device_of(ordinal, RAMP_ERROR_UNAVAILABLE, &device);
    return status == RAMP_OK ? make_primary(device, NULL, 0, self) : status;
}

/* The device of a context, and whether it is that device's primary one: then a retain of it is the caller's. */
static ramp_status look_at(CUcontext context, CUdevice *device, int *primary) {
    int pushed, active = 0;
    unsigned flags;
    CUcontext retained = NULL;
    *primary = 0;
    ramp_status status = cuda_enter(context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuCtxGetDevice(device));
    status = cuda_leave(pushed, status);
    if (status == RAMP_OK) status = CU_TRY(cuDevicePrimaryCtxGetState(*device, &flags, &active));
    if (status != RAMP_OK || !active) return status; /* to retain it now would create it */
    status = CU_TRY(cuDevicePrimaryCtxRetain(&retained, *device));
    if (status != RAMP_OK) return status;
    *primary = retained == context;
    if (!*primary) CU_DROP(cuDevicePrimaryCtxRelease(*device));
    return RAMP_OK;
}

static ramp_status wrap(int ordinal, void *native, void **self) {
    CUstream stream = native;
    CUdevice device;
    if (stream == NULL || stream == CU_STREAM_LEGACY) { /* belongs to no context of its own */
        ramp_status found = device_of(ordinal, RAMP_ERROR_ARGUMENT, &device);
        return found == RAMP_OK ? make_primary(device, stream, 1, self) : found;
    }
    CUcontext context = NULL;
    cuda_program *program;
    int primary;
    ramp_status status = cuda_driver_start();
    if (status != RAMP_OK) return status;
    CUresult result = cuda_driver.cuStreamGetCtx(stream, &context);
    status = cuda_check(result, "cuStreamGetCtx(stream, &context)");
    if (result == CUDA_ERROR_INVALID_HANDLE || result == CUDA_ERROR_INVALID_CONTEXT || result == CUDA_ERROR_INVALID_VALUE ||
        result == CUDA_ERROR_CONTEXT_IS_DESTROYED)
        return RAMP_ERROR_ARGUMENT; /* no such stream */
    if (status == RAMP_OK) status = look_at(context, &device, &primary);
    if (status == RAMP_OK) status = cuda_program_acquire(context, device, primary, &program);
    return status == RAMP_OK ? make_device(program, stream, 1, self) : status;
}

static void close_device(void *self) {
    cuda_device *device = self;
    int pushed;
    if (!device->wrapped && cuda_enter(device->program->context, &pushed) == RAMP_OK) {
        CU_DROP(cuStreamSynchronize(device->stream));
        CU_DROP(cuStreamDestroy(device->stream));
        (void)cuda_leave(pushed, RAMP_OK);
    }
    cuda_program_release(device->program, !device->wrapped);
    free(device);
}

static void describe(void *self, ramp_device_info *info) {
    const cuda_device *device = self;
    CUdevice other;
    int count = 0;
    fill_info(device->program->device, info);
    if (cuda_driver.cuDeviceGetCount(&count) != CUDA_SUCCESS) return;
    for (int i = 0; i < count; i++)
        if (cuda_driver.cuDeviceGet(&other, i) == CUDA_SUCCESS && other == device->program->device)
            snprintf(info->selector, sizeof info->selector, "%s:%d", ramp_backend_cuda.name, i);
}

static ramp_status supports(void *self, ramp_op_id op, ramp_dtype dtype) {
    (void)self;
    (void)op; /* every row of ops.def has its kernels */
    if (dtype >= RAMP_F32 && dtype <= RAMP_BF16) return RAMP_OK;
    return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "the CUDA backend computes f32, f64, f16 and bf16");
}

static ramp_status synchronize(void *self) {
    const cuda_device *device = self;
    int pushed;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuStreamSynchronize(device->stream));
    return cuda_leave(pushed, status);
}

/* ---- Memory ---- */

static ramp_status alloc(void *self, size_t bytes, void **data) {
    const cuda_device *device = self;
    int pushed;
    CUdeviceptr address = 0;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuMemAlloc(&address, bytes));
    if (status == RAMP_OK) *data = (void *)(uintptr_t)address;
    return cuda_leave(pushed, status);
}

static void release(void *self, void *data) {
    const cuda_device *device = self;
    int pushed;
    if (cuda_enter(device->program->context, &pushed) != RAMP_OK) return;
    CU_DROP(cuStreamSynchronize(device->stream));
    CU_DROP(cuMemFree((CUdeviceptr)(uintptr_t)data));
    (void)cuda_leave(pushed, RAMP_OK);
}

static ramp_status upload(void *self, void *data, size_t offset, const void *src, size_t bytes) {
    const cuda_device *device = self;
    int pushed;
    CUdeviceptr to = (CUdeviceptr)(uintptr_t)data + offset;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuMemcpyHtoDAsync(to, src, bytes, device->stream));
    if (status == RAMP_OK) status = CU_TRY(cuStreamSynchronize(device->stream));
    return cuda_leave(pushed, status);
}

static ramp_status download(void *self, void *dst, const void *data, size_t offset, size_t bytes) {
    const cuda_device *device = self;
    int pushed;
    CUdeviceptr from = (CUdeviceptr)(uintptr_t)data + offset;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuMemcpyDtoHAsync(dst, from, bytes, device->stream));
    if (status == RAMP_OK) status = CU_TRY(cuStreamSynchronize(device->stream));
    return cuda_leave(pushed, status);
}

/* ---- Events: a CUevent is the whole of it ---- */

static ramp_status event_create(void *self, void **event) {
    const cuda_device *device = self;
    int pushed;
    CUevent made = NULL;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuEventCreate(&made, CU_EVENT_DEFAULT));
    if (status == RAMP_OK) *event = made;
    return cuda_leave(pushed, status);
}

static ramp_status event_record(void *self, void *event, const ramp_submit *on) {
    const cuda_device *device = self;
    int pushed;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuEventRecord(event, cuda_stream(device, on)));
    return cuda_leave(pushed, status);
}

static ramp_status event_wait(void *self, void *event) {
    const cuda_device *device = self;
    int pushed;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuEventSynchronize(event));
    return cuda_leave(pushed, status);
}

static ramp_status event_elapsed(void *self, void *start, void *stop, double *milliseconds) {
    const cuda_device *device = self;
    int pushed;
    float elapsed = 0;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuEventElapsedTime(&elapsed, start, stop));
    if (status == RAMP_OK) *milliseconds = (double)elapsed;
    return cuda_leave(pushed, status);
}

static void event_destroy(void *self, void *event) {
    const cuda_device *device = self;
    int pushed;
    if (cuda_enter(device->program->context, &pushed) != RAMP_OK) return;
    CU_DROP(cuEventDestroy(event));
    (void)cuda_leave(pushed, RAMP_OK);
}

const ramp_backend ramp_backend_cuda = {
    .abi = RAMP_BACKEND_ABI,
    .name = "cuda",
    .features = RAMP_FEATURE_QUEUES | RAMP_FEATURE_NO_FORK,
    .list = list,
    .open = open_device,
    .wrap = wrap,
    .close = close_device,
    .describe = describe,
    .supports = supports,
    .prepare = cuda_prepare,
    .launch = cuda_launch,
    .synchronize = synchronize,
    .alloc = alloc,
    .release = release,
    .upload = upload,
    .download = download,
    .locate = NULL, /* an address, all in one space */
    .event_create = event_create,
    .event_record = event_record,
    .event_wait = event_wait,
    .event_elapsed = event_elapsed,
    .event_destroy = event_destroy,
    .roof = cuda_roof,
    .queue_create = cuda_queue_create,
    .queue_destroy = cuda_queue_destroy,
    .queue_upload = cuda_queue_upload,
    .queue_download = cuda_queue_download,
    .queue_wait = cuda_queue_wait,
    .host_alloc = cuda_host_alloc,
    .host_release = cuda_host_release,
    .host_look = cuda_host_look,
    .describe_job = cuda_describe_job,
};
