/* backend.c: the CPU as a device. A queued job is done when the call returns, so there is one queue and nothing to wait for. */
#include "cpu_backend.h"
#include "launch.h"
#include "pool.h"
#include "table.h"
#include "../os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void describe_cpu(ramp_device_info *info) {
    *info = (ramp_device_info){
        .type = RAMP_DEVICE_CPU, .status = RAMP_OK, .dtypes = 1u << RAMP_F32 | 1u << RAMP_F64 | 1u << RAMP_F16 | 1u << RAMP_BF16};
    os_processor_name(info->name, sizeof info->name);
    snprintf(info->driver, sizeof info->driver, "ramp %d.%d.%d, %s", RAMP_VERSION_MAJOR, RAMP_VERSION_MINOR, RAMP_VERSION_PATCH,
             cpu_isa_best()->name);
    info->memory = info->max_alloc = os_memory_bytes();
}

static ramp_status cpu_list(ramp_device_info *list, size_t capacity, size_t *count) {
    if (capacity > 0) describe_cpu(&list[0]);
    if (capacity > 0 && !cpu_pool_is_ready(list[0].reason, sizeof list[0].reason)) list[0].status = RAMP_ERROR_ARGUMENT;
    *count = 1;
    return RAMP_OK;
}

static ramp_status cpu_open(int ordinal, void **self) {
    (void)ordinal;
    cpu_device *device = malloc(sizeof *device);
    char reason[256];
    if (device == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for a device of %zu bytes", sizeof *device);
    if (!cpu_pool_retain(reason, sizeof reason)) {
        free(device);
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s", reason);
    }
    uint64_t cache = os_cache_bytes();
    *device = (cpu_device){.isa = cpu_isa_best(),
                           .tables = lookup_new((uint64_t)1 << 15, 0),
                           .cache_bytes = cache > 0 ? os_cache_share(cache) : (uint64_t)32 << 20};
    *self = device;
    return RAMP_OK;
}

static void cpu_close(void *self) {
    cpu_pool_release();
    cpu_tables_free(self);
    free(self);
}

static void cpu_describe(void *self, ramp_device_info *info) {
    (void)self;
    describe_cpu(info);
}

static ramp_status cpu_supports(void *self, ramp_op_id op, ramp_dtype dtype) {
    (void)self, (void)op; /* every row of ops.def has its loops */
    if (dtype >= RAMP_F32 && dtype <= RAMP_BF16) return RAMP_OK;
    return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "the CPU backend computes f32, f64, f16 and bf16");
}

static ramp_status cpu_prepare(void *self, ramp_op_id op, ramp_dtype dtype) {
    (void)self;
    const ramp_status status = cpu_make_rows(op, dtype, RAMP_FORWARD);
    return status == RAMP_OK ? cpu_make_rows(op, dtype, RAMP_BACKWARD) : status;
}

static ramp_status cpu_synchronize(void *self) {
    (void)self;
    return RAMP_OK;
}

static ramp_status cpu_alloc(void *self, size_t bytes, void **data) {
    (void)self;
    /* More than the machine has would be granted, and the process killed when it is used. */
    if (bytes > os_memory_bytes() || (*data = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096)) == NULL)
        return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for %zu bytes: the machine has %llu in all", bytes, os_memory_bytes());
    return RAMP_OK;
}

static void cpu_release(void *self, void *data) {
    (void)self;
    free(data);
}

static ramp_status cpu_upload(void *self, void *data, size_t offset, const void *src, size_t bytes) {
    (void)self;
    memcpy((char *)data + offset, src, bytes);
    return RAMP_OK;
}

static ramp_status cpu_download(void *self, void *dst, const void *data, size_t offset, size_t bytes) {
    (void)self;
    memcpy(dst, (const char *)data + offset, bytes);
    return RAMP_OK;
}

/* An event is a time of the host's clock. */
static ramp_status cpu_event_create(void *self, void **event) {
    (void)self;
    *event = calloc(1, sizeof(unsigned long long));
    return *event != NULL ? RAMP_OK : ramp_error_set(RAMP_ERROR_MEMORY, "no memory for an event");
}

static ramp_status cpu_event_record(void *self, void *event, const ramp_submit *on) {
    (void)self, (void)on;
    *(unsigned long long *)event = os_clock_ns();
    return RAMP_OK;
}

static ramp_status cpu_event_wait(void *self, void *event) {
    (void)self, (void)event;
    return RAMP_OK;
}

static ramp_status cpu_event_elapsed(void *self, void *start, void *stop, double *milliseconds) {
    (void)self;
    *milliseconds = (double)(long long)(*(unsigned long long *)stop - *(unsigned long long *)start) * 1e-6;
    return RAMP_OK;
}

static void cpu_event_destroy(void *self, void *event) {
    (void)self;
    free(event);
}

static void cpu_describe_job(void *self, const ramp_job *job, char *text, size_t capacity, int *may_wait) {
    const cpu_device *device = self;
    const cpu_table table = cpu_table_for(device, job);
    (void)may_wait;
    snprintf(text, capacity, "%s:%s%s", device->isa->name, ramp_job_is_flat(job) ? "flat" : "strided",
             table.values != NULL || table.slopes != NULL ? "_table" : "");
}

const ramp_backend ramp_backend_cpu = {
    .abi = RAMP_BACKEND_ABI,
    .name = "cpu",
    .features = RAMP_FEATURE_HOST,
    .list = cpu_list,
    .open = cpu_open,
    .close = cpu_close,
    .describe = cpu_describe,
    .supports = cpu_supports,
    .prepare = cpu_prepare,
    .launch = cpu_launch,
    .synchronize = cpu_synchronize,
    .alloc = cpu_alloc,
    .release = cpu_release,
    .upload = cpu_upload,
    .download = cpu_download,
    .event_create = cpu_event_create,
    .event_record = cpu_event_record,
    .event_wait = cpu_event_wait,
    .event_elapsed = cpu_event_elapsed,
    .event_destroy = cpu_event_destroy,
    .roof = cpu_roof,
    .describe_job = cpu_describe_job,
};
