/* backend.c: devices opened and closed, and the table. */
#include "developer.h"
#include "devices.h"
#include "opencl.h"
#include "opencl_backend.h"

#include <stdio.h>
#include <stdlib.h>

/* A device that lets go of all that it holds, whatever that is by now. */
static void opencl_close(void *self) {
    opencl_device *dev = self;
    if (dev->queue != NULL && !dev->is_wrapped) (void)ramp_cl.clFinish(dev->queue);
    opencl_watch_free(&dev->watch);
    opencl_tables_free(dev);
    opencl_rows_free(dev);
    opencl_kernels_free(dev);
    if (dev->queue != NULL) (void)ramp_cl.clReleaseCommandQueue(dev->queue);
    if (dev->context != NULL) (void)ramp_cl.clReleaseContext(dev->context);
    os_mutex_destroy(&dev->building);
    free(dev);
}

/* cl_nv_device_attribute_query's number; another vendor's device may mean something else by it. */
#define COMPUTE_CAPABILITY_MAJOR 0x4000
#define VENDOR_NVIDIA            0x10deu

static int has_ptx_80(cl_device_id id) {
    cl_uint vendor = 0, major = 0;
    return ramp_cl.clGetDeviceInfo(id, CL_DEVICE_VENDOR_ID, sizeof vendor, &vendor, NULL) == CL_SUCCESS && vendor == VENDOR_NVIDIA &&
           ramp_cl.clGetDeviceInfo(id, COMPUTE_CAPABILITY_MAJOR, sizeof major, &major, NULL) == CL_SUCCESS && major >= 8;
}

/* Who comes here with a device that is not ready has named it: what it lacks is in its reason. */
/* From how many bytes a job on is larger than the caches: but it has two groups a unit then, or more, since its groups are large (RAMP_STREAM_RUNS). */
static uint64_t stream_least(cl_ulong cache, cl_uint units) {
    const opencl_form_info *form = &opencl_forms[FORM_RUN];
    const uint64_t group = (uint64_t)form->local_size * (uint64_t)form->run * RAMP_STREAM_RUNS, elements = 2 * units * group;
    const uint64_t share = os_cache_share(cache), least = elements * 3 * sizeof(float);
    return cache == 0 ? 0 : share > least ? share : least;
}

static ramp_status make_device(cl_device_id id, opencl_device **made) {
    opencl_device *dev = calloc(1, sizeof *dev);
    if (dev == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for an OpenCL device of %zu bytes", sizeof *dev);
    os_mutex_init(&dev->building);
    os_mutex_init(&dev->watch.lock);
    dev->id = id;
    dev->lacks = opencl_device_describe(id, &dev->info);
    *made = dev;
    if ((dev->lacks & OPENCL_LACKS_TOO_MUCH) != 0) return ramp_error_set(dev->info.status, "%s", dev->info.reason);
    dev->info.status = RAMP_OK;
    dev->is_cpu = dev->info.type == RAMP_DEVICE_CPU;
    dev->has_ptx_80 = has_ptx_80(id);
    size_t group = 0;
    cl_ulong local_memory = 0, cache = 0;
    cl_device_local_mem_type kind = CL_GLOBAL;
    cl_uint units = 0;
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof group, &group, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_LOCAL_MEM_SIZE, sizeof local_memory, &local_memory, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, sizeof cache, &cache, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_LOCAL_MEM_TYPE, sizeof kind, &kind, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, sizeof dev->lanes[0], &dev->lanes[0], NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE, sizeof dev->lanes[1], &dev->lanes[1], NULL));
    /* A CPU's is memory like any other; but it has the GPU's forms only where it is told so. */
    if ((kind == CL_LOCAL || dev->is_cpu) && local_memory >= near_bytes) dev->near_items = (uint64_t)units * near_threads;
    dev->most_local = group;
    dev->has_tiles = group >= RAMP_TILE_LOCAL && local_memory >= RAMP_TILE_LOCAL_MEMORY;
    dev->cache_bytes = stream_least(cache, units);
    ramp_status status = opencl_developer_form(&dev->is_cpu);
    if (status == RAMP_OK) status = opencl_developer_cache(&dev->cache_bytes);
    dev->tables = lookup_new(lookup_gpu_least, !dev->is_cpu); /* there a table is as quick as the shortest formula */
    return status;
}

/* In order, and with profiling: events are what it is for. */
static ramp_status make_queue(opencl_device *dev) {
    cl_int code;
    ramp_status status = CL_CREATE(dev->context, code, clCreateContext(NULL, 1, &dev->id, NULL, NULL, &code));
    if (status != RAMP_OK) return status;
    return CL_CREATE(dev->queue, code, clCreateCommandQueue(dev->context, dev->id, CL_QUEUE_PROFILING_ENABLE, &code));
}

static ramp_status opencl_open(int ordinal, void **self) {
    cl_device_id *ids;
    size_t count;
    opencl_device *dev = NULL;
    ramp_status status = opencl_devices_find(&ids, &count);
    if (status != RAMP_OK) return status;
    if (ordinal < 0 || (size_t)ordinal >= count)
        status = ramp_error_set(RAMP_ERROR_UNAVAILABLE, "there is no OpenCL device %d: there are %zu, counted from 0", ordinal, count);
    if (status == RAMP_OK) status = make_device(ids[ordinal], &dev);
    free(ids);
    if (status == RAMP_OK) status = make_queue(dev);
    if (status == RAMP_OK)
        *self = dev;
    else if (dev != NULL)
        opencl_close(dev);
    return status;
}

/* Take over the caller's queue: its context and device, each retained. */
static ramp_status adopt_queue(opencl_device *dev, cl_command_queue queue, cl_context context) {
    cl_command_queue_properties properties = 0;
    CL_TRY(clGetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES, sizeof properties, &properties, NULL));
    CL_TRY(clRetainContext(context));
    dev->context = context;
    CL_TRY(clRetainCommandQueue(queue));
    dev->queue = queue;
    dev->is_unordered = (properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) != 0;
    return RAMP_OK;
}

static ramp_status opencl_wrap(int ordinal, void *native, void **self) {
    (void)ordinal; /* the queue has its device */
    cl_command_queue queue = native;
    cl_device_id id = NULL;
    cl_context context = NULL;
    opencl_device *dev = NULL;
    ramp_status status = opencl_driver_open();
    if (status != RAMP_OK) return status;
    if (queue == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "the cl_command_queue to wrap is NULL");
    cl_int code = ramp_cl.clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof id, &id, NULL);
    if (code == CL_INVALID_COMMAND_QUEUE) return ramp_error_set(RAMP_ERROR_ARGUMENT, "%p is not a cl_command_queue", native);
    status = opencl_check(code, "clGetCommandQueueInfo(CL_QUEUE_DEVICE)");
    if (status != RAMP_OK) return status;
    CL_TRY(clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context, &context, NULL));
    status = make_device(id, &dev);
    if (dev != NULL) dev->is_wrapped = 1;
    if (status == RAMP_OK) status = adopt_queue(dev, queue, context);
    if (status == RAMP_OK)
        *self = dev;
    else if (dev != NULL)
        opencl_close(dev);
    return status;
}

static void opencl_describe(void *self, ramp_device_info *info) {
    const opencl_device *dev = self;
    cl_device_id *ids;
    size_t count;
    *info = dev->info;
    if (opencl_devices_find(&ids, &count) != RAMP_OK) return; /* a sub-device, too, is not in the list */
    for (size_t i = 0; i < count; i++)
        if (ids[i] == dev->id) snprintf(info->selector, sizeof info->selector, "%s:%zu", ramp_backend_opencl.name, i);
    free(ids);
}

static ramp_status opencl_supports(void *self, ramp_op_id op, ramp_dtype dtype) {
    const opencl_device *dev = self;
    (void)op; /* every op builds for every dtype that the device computes */
    if ((dev->info.dtypes & 1u << dtype) != 0) return RAMP_OK;
    if (dtype == RAMP_F64)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "%s does not compute f64 (CL_DEVICE_DOUBLE_FP_CONFIG)", dev->info.name);
    return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "the opencl backend does not compute dtype %d", (int)dtype);
}

static ramp_status opencl_synchronize(void *self) {
    opencl_device *dev = self;
    ramp_status status = CL_STATUS(clFinish(dev->queue)), late = opencl_watch_report(&dev->watch); /* NVIDIA's clFinish fails too */
    return late != RAMP_OK ? late : status;
}

const ramp_backend ramp_backend_opencl = {
    .abi = RAMP_BACKEND_ABI,
    .name = "opencl",
    .features = RAMP_FEATURE_QUEUES | RAMP_FEATURE_WAITS | RAMP_FEATURE_NO_FORK | RAMP_FEATURE_SVM,
    .list = opencl_devices_list,
    .open = opencl_open,
    .wrap = opencl_wrap,
    .close = opencl_close,
    .describe = opencl_describe,
    .supports = opencl_supports,
    .prepare = opencl_prepare,
    .launch = opencl_launch,
    .synchronize = opencl_synchronize,
    .alloc = opencl_alloc,
    .release = opencl_release,
    .upload = opencl_upload,
    .download = opencl_download,
    .locate = opencl_locate,
    .event_create = opencl_event_create,
    .event_record = opencl_event_record,
    .event_wait = opencl_event_wait,
    .event_elapsed = opencl_event_elapsed,
    .event_destroy = opencl_event_destroy,
    .roof = opencl_roof,
    .queue_create = opencl_queue_create,
    .queue_destroy = opencl_queue_destroy,
    .queue_upload = opencl_queue_upload,
    .queue_download = opencl_queue_download,
    .queue_wait = opencl_queue_wait,
    .describe_job = opencl_describe_job,
};
