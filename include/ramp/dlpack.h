/*
 * ramp/dlpack.h: tensors from and for other libraries, as DLPack's DLTensor. Opt-in and header-only: it needs <dlpack/dlpack.h> of DLPack
 * 0.6 or later, and links nothing but ramp.
 *
 * A DLTensor is a view, and so is what is made of it: nothing is copied, kept or freed. Its owner (who calls the deleter of a
 * DLManagedTensor, whose view is its dl_tensor) must let it live until the work queued on it is done, and whoever wrote it must have done
 * so, or queued it where ramp's work comes after it: a DLTensor does not say on which stream.
 *
 *   DLPack                    fits                                                  ramp
 *   kDLCPU                    a device of the backend "cpu"                         its address
 *   kDLCUDA                   the device of the same number: "cuda:1" is 1          its address
 *   kDLCUDAHost, -Managed     any CUDA device, and the CPU                          its address, the same on both
 *   kDLOpenCL                 the device of the same number: "opencl:1" is 1        its cl_mem, and byte_offset
 *   float of 16, 32, 64 bits; bfloat of 16; lanes 1                                 RAMP_F16, RAMP_F32, RAMP_F64, RAMP_BF16
 *   strides NULL                                                                    row-major
 *
 * OpenCL has no numbering that all libraries share. Ramp's is that of ramp-info, GPUs first: where a producer counts in another way, set
 * device_id in a copy of its DLTensor. The call refuses a cl_mem of another context in any case.
 *
 * A mask, one bit an element, is no DLPack dtype: kDLBool has a byte an element, and whether an unsigned integer of 1 bit does too depends
 * on the producer's DLPack. Exchange its bytes, as uint8: ramp_mask_from_dlpack.
 *
 * On failure outputs are as they were, and ramp_last_error() has the sentence. Every function may be called from any thread.
 *   ARGUMENT     NULL; another device than the handle's; what no DLTensor has (ndim below 0, a shape of NULL).
 *   UNSUPPORTED  what DLPack has and ramp has not: a dtype, lanes, more than 16 dimensions, a device type; what ramp has and DLPack has
 *                not: a mask, SVM memory, a backend registered from outside, a device whose number is not known.
 */
#ifndef RAMP_DLPACK_H
#define RAMP_DLPACK_H

#include "backend.h"

#include <dlpack/dlpack.h>

#include <stdlib.h>
#include <string.h>

#if defined(DLPACK_VERSION) && DLPACK_VERSION < 60
#error "ramp/dlpack.h needs DLPack 0.6 or later"
#endif

#ifdef __cplusplus
#define RAMP_CAST(type, value) static_cast<type>(value)
extern "C" {
#else
#define RAMP_CAST(type, value) ((type)(value))
#endif

/* ---- Devices ---- */

/* What DLPack calls this device. UNSUPPORTED: it has no name for a backend that was registered from outside; or ramp does not know the
 * device's number, which of a wrapped queue's device it may not. */
static inline ramp_status ramp_device_to_dlpack(const ramp_device *dev, DLDevice *device) {
    static const struct {
        const char *backend;
        DLDeviceType type;
    } names[] = {{"cpu", kDLCPU}, {"cuda", kDLCUDA}, {"opencl", kDLOpenCL}};
    ramp_device_info info;
    if (dev == NULL || device == NULL)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_device_to_dlpack: %s is NULL", dev == NULL ? "dev" : "device");
    const ramp_status status = ramp_device_describe(dev, &info);
    if (status != RAMP_OK) return status;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *number = strchr(info.selector, ':');
        if (strcmp(info.backend, names[i].backend) != 0) continue;
        if (number == NULL && names[i].type != kDLCPU)
            return ramp_error_set(RAMP_ERROR_UNSUPPORTED,
                                  "DLPack: ramp does not know which number the device of this %s queue (%s) has: fill in device yourself",
                                  info.backend, info.name);
        device->device_type = names[i].type;
        device->device_id = names[i].type == kDLCPU ? 0 : atoi(number + 1);
        return RAMP_OK;
    }
    return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "DLPack has no device type for the backend %s: fill in a ramp_tensor yourself",
                          info.backend);
}

/* Memory of `device` is memory that this device can work on. The number is compared where ramp knows its own. ARGUMENT: it is not.
 * UNSUPPORTED: no backend works on memory of its type. */
static inline ramp_status ramp_device_check_dlpack(const ramp_device *dev, DLDevice device) {
    static const struct {
        DLDeviceType type;
        const char *name;
        const char *backends[2];
    } types[] = {{kDLCPU, "kDLCPU", {"cpu", ""}},
                 {kDLCUDA, "kDLCUDA", {"cuda", ""}},
                 {kDLCUDAHost, "kDLCUDAHost", {"cuda", "cpu"}},
                 {kDLCUDAManaged, "kDLCUDAManaged", {"cuda", "cpu"}},
                 {kDLOpenCL, "kDLOpenCL", {"opencl", ""}}};
    const int type = RAMP_CAST(int, device.device_type); /* a C enum may be unsigned */
    ramp_device_info info;
    if (dev == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_device_check_dlpack: dev is NULL");
    const ramp_status status = ramp_device_describe(dev, &info);
    if (status != RAMP_OK) return status;
    size_t i = 0;
    while (i < sizeof types / sizeof *types && types[i].type != device.device_type) i++;
    if (i == sizeof types / sizeof *types)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED,
                              "DLPack: memory of device type %d is none of ramp's: kDLCPU (1), kDLCUDA (2), kDLCUDAHost (3), "
                              "kDLOpenCL (4) or kDLCUDAManaged (13)",
                              type);
    if (strcmp(info.backend, types[i].backends[0]) != 0 && strcmp(info.backend, types[i].backends[1]) != 0)
        return ramp_error_set(RAMP_ERROR_ARGUMENT,
                              "DLPack: the tensor is in %s memory, and the device is %s (%s): open a device of %s for it, or copy it",
                              types[i].name, info.selector, info.name, types[i].backends[0]);
    const char *number = strchr(info.selector, ':');
    if ((device.device_type == kDLCUDA || device.device_type == kDLOpenCL) && number != NULL && atoi(number + 1) != device.device_id)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "DLPack: the tensor is on %s device %d, and the device is %s (%s): open %s:%d for it%s",
                              types[i].name, device.device_id, info.selector, info.name, info.backend, device.device_id,
                              device.device_type == kDLOpenCL ? ", or set its device_id to ramp-info's number of its device" : "");
    return RAMP_OK;
}

/* ---- Dtypes ---- */

/* RAMP_F32, F64, F16, BF16 and their DLPack names. UNSUPPORTED: any other. */
static inline ramp_status ramp_dtype_from_dlpack(DLDataType from, ramp_dtype *dtype) {
    if (dtype == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_dtype_from_dlpack: dtype is NULL");
    if (from.lanes != 1)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "DLPack: elements of %d lanes: ramp's have 1; make the lanes a dimension",
                              from.lanes);
    const int is_float = from.code == kDLFloat;
    if (is_float && from.bits == 32)
        *dtype = RAMP_F32;
    else if (is_float && from.bits == 64)
        *dtype = RAMP_F64;
    else if (is_float && from.bits == 16)
        *dtype = RAMP_F16;
    else if (from.code == kDLBfloat && from.bits == 16)
        *dtype = RAMP_BF16;
    else {
        const int is_mask = from.code == 6 /* kDLBool, which DLPack has since 0.8 */ || (from.code == kDLUInt && from.bits <= 8);
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED,
                              "DLPack: dtype code %d of %d bits: ramp computes float (2) of 16, 32 and 64 bits and bfloat (4) of 16%s",
                              from.code, from.bits, is_mask ? "; a mask's bytes, of type uint8, are for ramp_mask_from_dlpack" : "");
    }
    return RAMP_OK;
}

static inline ramp_status ramp_dtype_to_dlpack(ramp_dtype dtype, DLDataType *to) {
    if (to == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_dtype_to_dlpack: to is NULL");
    const long long value = dtype;
    if (dtype < RAMP_F32 || dtype > RAMP_BF16)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "DLPack has no name for dtype %lld%s", value,
                              dtype == RAMP_BIT ? ", RAMP_BIT: hand over a mask's bytes, ramp_tensor_bytes() of them, as uint8" : "");
    to->code = dtype == RAMP_BF16 ? kDLBfloat : kDLFloat;
    to->bits = dtype == RAMP_F32 ? 32 : dtype == RAMP_F64 ? 64 : 16;
    to->lanes = 1;
    return RAMP_OK;
}

/* ---- Tensors ---- */

/* The same view as a ramp_tensor, for calls on `dev`; `from` is not read again. Sizes, alignment and overlap are checked by the call that
 * is given it. Statuses: above. */
static inline ramp_status ramp_tensor_from_dlpack(const ramp_device *dev, const DLTensor *from, ramp_tensor *t) {
    ramp_dtype dtype = RAMP_F32;
    if (dev == NULL || from == NULL || t == NULL)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_tensor_from_dlpack: %s is NULL",
                              dev == NULL    ? "dev"
                              : from == NULL ? "from"
                                             : "t");
    ramp_status status = ramp_device_check_dlpack(dev, from->device);
    if (status == RAMP_OK) status = ramp_dtype_from_dlpack(from->dtype, &dtype);
    if (status != RAMP_OK) return status;
    if (from->ndim > RAMP_MAX_DIMS)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "DLPack: a tensor of %d dimensions: ramp's have %d at most", from->ndim,
                              RAMP_MAX_DIMS);
    if (from->ndim < 0 || (from->ndim > 0 && from->shape == NULL))
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "DLPack: %s: not a DLTensor", from->ndim < 0 ? "ndim is negative" : "shape is NULL");
    *t = ramp_tensor_dense(from->data, dtype, from->ndim, from->shape);
    t->byte_offset = from->byte_offset;
    for (int i = 0; i < from->ndim && from->strides != NULL; i++) t->strides[i] = from->strides[i];
    return RAMP_OK;
}

/* The same view as a DLTensor, of memory of `dev`: its shape and strides are those in *t, so it lives no longer than *t. Where the memory
 * is another kind that the device can reach, kDLCUDAHost on CUDA, set to->device afterwards. Statuses: above; ARGUMENT: ndim too. */
static inline ramp_status ramp_tensor_to_dlpack(const ramp_device *dev, ramp_tensor *t, DLTensor *to) {
    DLTensor made;
    if (dev == NULL || t == NULL || to == NULL)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_tensor_to_dlpack: %s is NULL", dev == NULL ? "dev" : t == NULL ? "t" : "to");
    ramp_status status = ramp_device_to_dlpack(dev, &made.device);
    if (status == RAMP_OK) status = ramp_dtype_to_dlpack(t->dtype, &made.dtype);
    if (status != RAMP_OK) return status;
    if (t->ndim < 0 || t->ndim > RAMP_MAX_DIMS)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_tensor_to_dlpack: ndim is %d; allowed: 0 to %d", t->ndim, RAMP_MAX_DIMS);
    if (t->memory != RAMP_MEMORY_NATIVE)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "DLPack: kDLOpenCL is a cl_mem, and this tensor is SVM memory");
    made.data = t->data;
    made.byte_offset = t->byte_offset;
    made.ndim = t->ndim;
    made.shape = t->shape;
    made.strides = t->strides;
    *to = made;
    return RAMP_OK;
}

/* The mask of a tensor with the shape of `y`, in the order of its dimensions (ramp_tensor_like), in memory that another library made: a
 * dense one-dimensional tensor of uint8, of ramp_tensor_bytes(mask) bytes at least. ARGUMENT: also fewer bytes, or not dense, or
 * a y that is not valid. UNSUPPORTED:
 * also any other dtype, or ndim. */
static inline ramp_status ramp_mask_from_dlpack(const ramp_device *dev, const DLTensor *bytes, const ramp_tensor *y, ramp_tensor *mask) {
    if (dev == NULL || bytes == NULL || y == NULL || mask == NULL)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_mask_from_dlpack: %s is NULL",
                              dev == NULL     ? "dev"
                              : bytes == NULL ? "bytes"
                              : y == NULL     ? "y"
                                              : "mask");
    const ramp_status status = ramp_device_check_dlpack(dev, bytes->device);
    if (status != RAMP_OK) return status;
    if (bytes->dtype.code != kDLUInt || bytes->dtype.bits != 8 || bytes->dtype.lanes != 1 || bytes->ndim != 1)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED,
                              "DLPack: a mask's bytes are a tensor of uint8 (code 1, 8 bits, 1 lane) with 1 dimension, not of code %d, %d "
                              "bits, %d lanes with %d",
                              bytes->dtype.code, bytes->dtype.bits, bytes->dtype.lanes, bytes->ndim);
    if (bytes->shape == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "DLPack: shape is NULL: not a DLTensor");
    if (y->ndim < 0 || y->ndim > RAMP_MAX_DIMS)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_mask_from_dlpack: y's ndim is %d; allowed: 0 to %d", y->ndim, RAMP_MAX_DIMS);
    int is_empty = 0;
    for (int i = 0; i < y->ndim; i++) is_empty = is_empty || y->shape[i] == 0;
    const long long size = bytes->shape[0], stride = bytes->strides != NULL ? bytes->strides[0] : 1;
    ramp_tensor made = ramp_tensor_like(y, bytes->data, RAMP_BIT);
    const size_t needed = ramp_tensor_bytes(&made);
    if (needed == 0 && !is_empty)
        return ramp_error_set(RAMP_ERROR_ARGUMENT,
                              "ramp_mask_from_dlpack: y has a shape that no tensor has: a size is negative, or their product overflows");
    if (size < 0 || RAMP_CAST(uint64_t, size) < needed || (stride != 1 && size > 1))
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "DLPack: %lld byte%s with a stride of %lld for a mask that needs %zu, side by side",
                              size, size == 1 ? "" : "s", stride, needed);
    made.byte_offset = bytes->byte_offset;
    *mask = made;
    return RAMP_OK;
}

#ifdef __cplusplus
}
#endif
#undef RAMP_CAST
#endif
