#include "devices.h"
#include "developer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Finding ---- */

/* Append a platform's devices to a list that grows. A platform that has none, or that fails, adds none. */
static ramp_status append_devices(cl_platform_id platform, cl_device_id **ids, size_t *count) {
    cl_uint added = 0;
    cl_int code = ramp_cl.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &added);
    if (code == CL_DEVICE_NOT_FOUND || opencl_check(code, "clGetDeviceIDs") != RAMP_OK || added == 0) return RAMP_OK;
    cl_device_id *grown = realloc(*ids, (*count + added) * sizeof *grown);
    if (grown == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for a list of %zu OpenCL devices", *count + added);
    *ids = grown;
    if (CL_STATUS(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, added, grown + *count, NULL)) == RAMP_OK) *count += added;
    return RAMP_OK;
}

static int rank_of(cl_device_id id) {
    cl_device_type type = 0;
    if (CL_STATUS(clGetDeviceInfo(id, CL_DEVICE_TYPE, sizeof type, &type, NULL)) != RAMP_OK) return 2;
    return (type & CL_DEVICE_TYPE_GPU) != 0 ? 0 : (type & CL_DEVICE_TYPE_ACCELERATOR) != 0 ? 1 : 2;
}

static ramp_status sort_devices(cl_device_id *ids, size_t count) {
    cl_device_id *sorted = malloc(count * sizeof *sorted);
    if (sorted == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for a list of %zu OpenCL devices", count);
    size_t at = 0;
    for (int rank = 0; rank < 3; rank++)
        for (size_t i = 0; i < count; i++)
            if (rank_of(ids[i]) == rank) sorted[at++] = ids[i];
    memcpy(ids, sorted, count * sizeof *ids);
    free(sorted);
    return RAMP_OK;
}

ramp_status opencl_devices_find(cl_device_id **ids, size_t *count) {
    enum { max_platforms = 64 }; /* far above any machine: ocl-icd and Khronos' loader list one a vendor */
    cl_platform_id platforms[max_platforms];
    cl_uint platform_count = 0;
    *ids = NULL;
    *count = 0;
    ramp_status status = opencl_driver_open();
    if (status != RAMP_OK) return status;
    if (CL_STATUS(clGetPlatformIDs(max_platforms, platforms, &platform_count)) != RAMP_OK || platform_count == 0)
        return ramp_error_set(RAMP_ERROR_UNAVAILABLE,
                              "the OpenCL loader knows no platform: no vendor's driver is installed (/etc/OpenCL/vendors names them)%s%s",
                              platform_count == 0 ? "" : "; ", platform_count == 0 ? "" : ramp_last_error());
    if (platform_count > max_platforms) platform_count = max_platforms;
    for (cl_uint i = 0; i < platform_count && status == RAMP_OK; i++) status = append_devices(platforms[i], ids, count);
    if (status == RAMP_OK && *count == 0)
        status = ramp_error_set(RAMP_ERROR_UNAVAILABLE, "none of the %u OpenCL platforms here has a device", (unsigned)platform_count);
    if (status == RAMP_OK) status = sort_devices(*ids, *count);
    if (status != RAMP_OK) {
        free(*ids);
        *ids = NULL;
    }
    return status;
}

/* ---- Describing ---- */

static ramp_status get_text(cl_device_id id, cl_device_info what, char *text, size_t capacity) {
    char buffer[2048];
    size_t bytes = 0;
    CL_TRY(clGetDeviceInfo(id, what, 0, NULL, &bytes));
    if (bytes > sizeof buffer) return ramp_error_set(RAMP_ERROR_DEVICE, "a text that describes the device has %zu bytes", bytes);
    CL_TRY(clGetDeviceInfo(id, what, bytes, buffer, NULL));
    buffer[bytes > 0 ? bytes - 1 : 0] = '\0';
    size_t length = strlen(buffer);
    if (length >= capacity) length = capacity - 1;
    memcpy(text, buffer, length);
    text[length] = '\0';
    return RAMP_OK;
}

/* What the device lacks, as a list in words. */
typedef struct lack {
    char text[400];
    size_t length;
} lack;

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static void
need(lack *l, int has, const char *format, ...) {
    if (has || l->length >= sizeof l->text) return;
    if (l->length > 0) l->length += (size_t)snprintf(l->text + l->length, sizeof l->text - l->length, ", ");
    if (l->length >= sizeof l->text) return;
    va_list arguments;
    va_start(arguments, format);
    l->length += (size_t)vsnprintf(l->text + l->length, sizeof l->text - l->length, format, arguments);
    va_end(arguments);
}

/* What nothing makes up for. */
static ramp_status find_lacks(cl_device_id id, cl_device_fp_config single, lack *l) {
    cl_bool little = CL_FALSE, compiler = CL_FALSE, available = CL_FALSE;
    cl_uint address_bits = 0;
    char version[128] = "";
    int major = 0, minor = 0;
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_ENDIAN_LITTLE, sizeof little, &little, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler, &compiler, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_AVAILABLE, sizeof available, &available, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_ADDRESS_BITS, sizeof address_bits, &address_bits, NULL));
    ramp_status status = get_text(id, CL_DEVICE_VERSION, version, sizeof version);
    if (status != RAMP_OK) return status;
    int is_read = sscanf(version, "OpenCL %d.%d", &major, &minor) == 2;
    need(l, is_read && (major > 1 || (major == 1 && minor >= 2)), "OpenCL 1.2 (it has \"%s\")", version);
    need(l, available == CL_TRUE, "availability (CL_DEVICE_AVAILABLE)");
    need(l, compiler == CL_TRUE, "a compiler (CL_DEVICE_COMPILER_AVAILABLE)");
    need(l, little == CL_TRUE, "little-endian order (CL_DEVICE_ENDIAN_LITTLE)");
    need(l, address_bits == 64, "64-bit addresses (it has %u bits)", (unsigned)address_bits);
    need(l, (single & CL_FP_INF_NAN) != 0, "infinity and NaN (CL_FP_INF_NAN)");
    need(l, (single & CL_FP_ROUND_TO_NEAREST) != 0, "rounding to nearest (CL_FP_ROUND_TO_NEAREST)");
    return RAMP_OK;
}

static unsigned precision_lacks(cl_device_fp_config single) {
    return ((single & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0 ? 0 : OPENCL_LACKS_DIVIDE) |
           ((single & CL_FP_FMA) != 0 ? 0 : OPENCL_LACKS_FMA) | ((single & CL_FP_DENORM) != 0 ? 0 : OPENCL_LACKS_SUBNORMALS);
}

/* A device of OpenCL 1.2 does not know the question. */
static int has_svm(cl_device_id id) {
    enum { svm_capabilities = 0x1053 }; /* CL_DEVICE_SVM_CAPABILITIES of OpenCL 2.0 */
    cl_bitfield capabilities = 0;
    if (ramp_cl.clSetKernelArgSVMPointer == NULL) return 0;
    return ramp_cl.clGetDeviceInfo(id, svm_capabilities, sizeof capabilities, &capabilities, NULL) == CL_SUCCESS && capabilities != 0;
}

/* Say what it lacks, and decide. */
static void judge(ramp_device_info *info, const lack *l, unsigned *lacks) {
    lack made = {"", 0};
    need(&made, (*lacks & OPENCL_LACKS_DIVIDE) == 0, "correctly rounded division (CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT)");
    need(&made, (*lacks & OPENCL_LACKS_FMA) == 0, "fused multiply-add (CL_FP_FMA)");
    if (l->length > 0) {
        *lacks |= OPENCL_LACKS_TOO_MUCH;
        info->status = RAMP_ERROR_UNSUPPORTED;
        info->dtypes = 0;
        snprintf(info->reason, sizeof info->reason, "the device lacks what the same bits everywhere need: %s", l->text);
    } else if ((*lacks & OPENCL_LACKS_SUBNORMALS) != 0) {
        info->status = RAMP_ERROR_UNSUPPORTED;
        snprintf(info->reason, sizeof info->reason,
                 "the device lacks subnormal numbers (CL_FP_DENORM): below 2^-126, f32 and bf16 are zeros there, so that it is taken only "
                 "where its "
                 "index or name is given%s%s",
                 made.length > 0 ? "; made up for, at a loss of speed: " : "", made.text);
    } else if (made.length > 0)
        snprintf(info->reason, sizeof info->reason, "the device lacks, and the kernels make up for, at a loss of speed: %s", made.text);
}

static ramp_status describe(cl_device_id id, ramp_device_info *info, unsigned *lacks) {
    const cl_device_fp_config double_needs = CL_FP_FMA | CL_FP_DENORM | CL_FP_INF_NAN | CL_FP_ROUND_TO_NEAREST;
    cl_device_type type = 0;
    cl_ulong memory = 0, max_alloc = 0;
    cl_device_fp_config single = 0, fp64 = 0;
    lack l = {"", 0};
    ramp_status status = get_text(id, CL_DEVICE_NAME, info->name, sizeof info->name);
    if (status == RAMP_OK) status = get_text(id, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
    if (status != RAMP_OK) return status;
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_TYPE, sizeof type, &type, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof memory, &memory, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof max_alloc, &max_alloc, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_SINGLE_FP_CONFIG, sizeof single, &single, NULL));
    CL_TRY(clGetDeviceInfo(id, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof fp64, &fp64, NULL));
    info->type = (type & CL_DEVICE_TYPE_GPU) != 0           ? RAMP_DEVICE_GPU
                 : (type & CL_DEVICE_TYPE_ACCELERATOR) != 0 ? RAMP_DEVICE_ACCELERATOR
                                                            : RAMP_DEVICE_CPU;
    info->memory = memory;
    info->max_alloc = max_alloc;
    info->dtypes = 1u << RAMP_F32 | 1u << RAMP_F16 | 1u << RAMP_BF16 | ((fp64 & double_needs) == double_needs ? 1u << RAMP_F64 : 0u);
    *lacks = precision_lacks(single) | (has_svm(id) ? 0 : OPENCL_LACKS_SVM);
    status = opencl_developer_without(lacks);
    if (status == RAMP_OK) status = find_lacks(id, single, &l);
    if (status == RAMP_OK) judge(info, &l, lacks);
    return status;
}

unsigned opencl_device_describe(cl_device_id id, ramp_device_info *info) {
    unsigned lacks = 0;
    memset(info, 0, sizeof *info);
    snprintf(info->backend, sizeof info->backend, "opencl");
    ramp_status status = describe(id, info, &lacks);
    if (status == RAMP_OK) return lacks;
    info->status = status;
    info->dtypes = 0;
    const char *words = ramp_last_error();
    size_t length = strlen(words);
    if (length >= sizeof info->reason) length = sizeof info->reason - 1;
    memcpy(info->reason, words, length);
    info->reason[length] = '\0';
    return OPENCL_LACKS_TOO_MUCH;
}

ramp_status opencl_devices_list(ramp_device_info *list, size_t capacity, size_t *count) {
    cl_device_id *ids;
    ramp_status status = opencl_devices_find(&ids, count);
    if (status != RAMP_OK) return status;
    for (size_t i = 0; i < *count && i < capacity; i++) (void)opencl_device_describe(ids[i], &list[i]);
    free(ids);
    return RAMP_OK;
}
