/* memory.c: buffers: made, copied, and looked up. */
#include "devices.h"
#include "opencl.h"

ramp_status opencl_alloc(void *self, size_t bytes, void **data) {
    const opencl_device *dev = self;
    cl_mem made;
    if (bytes > dev->info.max_alloc)
        return ramp_error_set(RAMP_ERROR_MEMORY,
                              "%zu bytes are more than the %llu that one allocation can have on %s (CL_DEVICE_MAX_MEM_ALLOC_SIZE)", bytes,
                              (unsigned long long)dev->info.max_alloc, dev->info.name);
    cl_int code;
    ramp_status status = CL_CREATE(made, code, clCreateBuffer(dev->context, CL_MEM_READ_WRITE, bytes, NULL, &code));
    if (code == CL_OUT_OF_RESOURCES || code == CL_INVALID_BUFFER_SIZE) status = RAMP_ERROR_MEMORY; /* here they mean what they say */
    if (status == RAMP_OK) *data = made;
    return status;
}

/* The driver keeps the memory until the commands that use it are done. */
void opencl_release(void *self, void *data) {
    (void)self;
    (void)ramp_cl.clReleaseMemObject(data);
}

static ramp_status check_range(cl_mem buffer, size_t offset, size_t bytes) {
    size_t size = 0;
    CL_TRY(clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof size, &size, NULL));
    if (offset <= size && bytes <= size - offset) return RAMP_OK;
    return ramp_error_set(RAMP_ERROR_ARGUMENT, "%zu byte%s at offset %zu: past the end of the buffer, which has %zu", bytes,
                          bytes == 1 ? "" : "s", offset, size);
}

ramp_status opencl_upload(void *self, void *data, size_t offset, const void *src, size_t bytes) {
    const opencl_device *dev = self;
    ramp_status status = check_range(data, offset, bytes);
    if (status == RAMP_OK) status = opencl_order(dev, 1);
    if (status != RAMP_OK) return status;
    CL_TRY(clEnqueueWriteBuffer(dev->queue, data, CL_TRUE, offset, bytes, src, 0, NULL, NULL));
    return RAMP_OK;
}

ramp_status opencl_download(void *self, void *dst, const void *data, size_t offset, size_t bytes) {
    const opencl_device *dev = self;
    cl_mem buffer = (cl_mem)data;
    ramp_status status = check_range(buffer, offset, bytes);
    if (status == RAMP_OK) status = opencl_order(dev, 1);
    if (status != RAMP_OK) return status;
    CL_TRY(clEnqueueReadBuffer(dev->queue, buffer, CL_TRUE, offset, bytes, dst, 0, NULL, NULL));
    return RAMP_OK;
}

/* ---- Where a buffer lies ---- */

/* A sub-buffer created without a word on it has its buffer's. */
static unsigned denied(cl_mem_flags own, cl_mem_flags root) {
    const cl_mem_flags access = CL_MEM_READ_WRITE | CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY;
    const cl_mem_flags flags = (own & access) != 0 ? own : root;
    return ((flags & CL_MEM_WRITE_ONLY) != 0 ? RAMP_DENIED_READ : 0) | ((flags & CL_MEM_READ_ONLY) != 0 ? RAMP_DENIED_WRITE : 0);
}

/* A root buffer starts at 0 of a space of its own; or, one that the caller put on memory of the host, in the space of such addresses, which may be
 * shared virtual memory or lie in another such buffer. */
static ramp_status locate_root(const opencl_device *dev, cl_mem root, cl_mem_flags flags, ramp_extent *extent) {
    void *host = NULL;
    *extent = (ramp_extent){.space = root};
    if ((flags & CL_MEM_USE_HOST_PTR) == 0) return RAMP_OK;
    CL_TRY(clGetMemObjectInfo(root, CL_MEM_HOST_PTR, sizeof host, &host, NULL));
    *extent = (ramp_extent){.space = dev, .address = (uint64_t)(uintptr_t)host};
    return RAMP_OK;
}

static ramp_status locate_buffer(const opencl_device *dev, const void *data, ramp_extent *extent) {
    cl_mem buffer = (cl_mem)data, root = NULL;
    cl_context context = NULL;
    cl_mem_object_type type = 0;
    cl_mem_flags flags = 0, root_flags;
    size_t offset = 0, size = 0;
    CL_TRY(clGetMemObjectInfo(buffer, CL_MEM_CONTEXT, sizeof context, &context, NULL));
    if (context != dev->context)
        return ramp_error_set(RAMP_ERROR_ARGUMENT,
                              "cl_mem %p belongs to another context than the device's: create it in the context of the device's queue",
                              data);
    CL_TRY(clGetMemObjectInfo(buffer, CL_MEM_TYPE, sizeof type, &type, NULL));
    if (type != CL_MEM_OBJECT_BUFFER)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "cl_mem %p is not a buffer (its CL_MEM_TYPE is %#x)", data, (unsigned)type);
    CL_TRY(clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof size, &size, NULL));
    CL_TRY(clGetMemObjectInfo(buffer, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof root, &root, NULL));
    CL_TRY(clGetMemObjectInfo(buffer, CL_MEM_FLAGS, sizeof flags, &flags, NULL));
    root_flags = flags;
    if (root != NULL) {
        CL_TRY(clGetMemObjectInfo(buffer, CL_MEM_OFFSET, sizeof offset, &offset, NULL));
        CL_TRY(clGetMemObjectInfo(root, CL_MEM_FLAGS, sizeof root_flags, &root_flags, NULL));
    }
    ramp_status status = locate_root(dev, root != NULL ? root : buffer, root_flags, extent);
    extent->address += offset;
    extent->bytes = size;
    extent->denied = denied(flags, root_flags);
    return status;
}

/* An address of the host's: it meets only buffers that lie on such. */
static ramp_status locate_svm(const opencl_device *dev, const void *data, ramp_extent *extent) {
    if ((dev->lacks & OPENCL_LACKS_SVM) != 0)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED,
                              "%s has no shared virtual memory (CL_DEVICE_SVM_CAPABILITIES): use RAMP_MEMORY_NATIVE, with a cl_mem",
                              dev->info.name);
    *extent = (ramp_extent){.space = dev, .address = (uint64_t)(uintptr_t)data, .bytes = UINT64_MAX};
    return RAMP_OK;
}

ramp_status opencl_locate(void *self, const void *data, ramp_memory memory, ramp_extent *extent) {
    return memory == RAMP_MEMORY_SVM ? locate_svm(self, data, extent) : locate_buffer(self, data, extent);
}
