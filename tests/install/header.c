/* One of the opt-in headers, HEADER, alone: it compiles, and what it makes is right. */
#include HEADER

#include <stdio.h>

#ifndef RAMP_DLPACK_H
/* What wrapping nothing gives: this build or machine has no such backend, or there is no such queue; never that the backend has no queues.
 * */
static int is_refused(ramp_status status, ramp_device *const *dev) {
    return (status == RAMP_ERROR_ARGUMENT || status == RAMP_ERROR_UNAVAILABLE) && *dev == NULL && ramp_last_error()[0] != '\0';
}
#endif

#ifdef RAMP_CUDA_H
static int is_right(void) {
    const int64_t shape[] = {2, 3};
    const ramp_tensor x = ramp_tensor_dense_cuda(4096, RAMP_F16, 2, shape), y = ramp_tensor_like_cuda(&x, 8192, RAMP_BIT);
    ramp_device *dev = NULL;
    int storage = 0;
    CUstream stream = (CUstream)(void *)&storage; /* is not looked into: there is no such device */
    const ramp_submit on = ramp_submit_cuda(stream);
    return ramp_memory_cuda(x.data) == 4096 && x.ndim == 2 && x.dtype == RAMP_F16 && ramp_memory_cuda(y.data) == 8192 &&
           y.dtype == RAMP_BIT && y.shape[1] == 3 && on.queue == &storage && on.wait_count == 0 && on.wait == NULL && on.done == NULL &&
           is_refused(ramp_device_wrap_cuda(&dev, NULL, -1), &dev);
}
#endif

#ifdef RAMP_OPENCL_H
static int is_right(void) {
    const int64_t shape[] = {2, 3};
    int storage[4] = {0, 0, 0, 0};
    cl_mem buffer = (cl_mem)(void *)&storage[0];
    cl_command_queue queue = (cl_command_queue)(void *)&storage[1];
    cl_event wait[2] = {(cl_event)(void *)&storage[2], (cl_event)(void *)&storage[3]}, done = NULL;
    const ramp_tensor x = ramp_tensor_dense_opencl(buffer, 64, RAMP_F32, 2, shape), y = ramp_tensor_like_opencl(&x, buffer, 128, RAMP_F64),
                      s = ramp_tensor_dense_svm(storage, RAMP_F32, 2, shape), t = ramp_tensor_like_svm(&s, storage + 1, RAMP_BIT);
    const ramp_submit on = ramp_submit_opencl(queue, 2, wait, &done);
    ramp_device *dev = NULL;
    *on.done = storage;
    return ramp_memory_opencl(x.data) == buffer && x.byte_offset == 64 && x.memory == RAMP_MEMORY_NATIVE && y.byte_offset == 128 &&
           y.dtype == RAMP_F64 && y.memory == RAMP_MEMORY_NATIVE && s.data == storage && s.memory == RAMP_MEMORY_SVM &&
           t.data == storage + 1 && t.memory == RAMP_MEMORY_SVM && t.dtype == RAMP_BIT && on.queue == &storage[1] && on.wait_count == 2 &&
           on.wait[0] == &storage[2] && on.wait[1] == &storage[3] && done == (cl_event)(void *)storage &&
           is_refused(ramp_device_wrap_opencl(&dev, NULL), &dev);
}
#endif

#ifdef RAMP_DLPACK_H
static int is_right(void) {
    float data[6] = {-2, -1, 0, 1, 2, 3};
    int64_t shape[] = {2, 3};
    DLTensor from, to;
    ramp_device *dev;
    ramp_tensor x;
    from.data = data;
    from.device.device_type = kDLCPU;
    from.device.device_id = 0;
    from.ndim = 2;
    from.dtype.code = kDLFloat;
    from.dtype.bits = 32;
    from.dtype.lanes = 1;
    from.shape = shape;
    from.strides = NULL;
    from.byte_offset = 0;
    const ramp_op op = ramp_op_default(RAMP_RELU);
    if (ramp_device_open(&dev, "cpu") != RAMP_OK) return 0;
    int right = ramp_tensor_from_dlpack(dev, &from, &x) == RAMP_OK && ramp_forward(dev, &op, &x, &x, NULL) == RAMP_OK &&
                ramp_tensor_to_dlpack(dev, &x, &to) == RAMP_OK && to.data == data && to.shape == x.shape && to.ndim == 2;
    right = right && data[0] == 0 && data[5] == 3;
    from.dtype.lanes = 2;
    right = right && ramp_tensor_from_dlpack(dev, &from, &x) == RAMP_ERROR_UNSUPPORTED && ramp_last_error()[0] != '\0';
    ramp_device_close(dev);
    return right;
}
#endif

int main(void) {
    const int right = is_right();
    puts(right ? "its header is right" : "FAILED: what its header makes is wrong");
    return !right;
}
