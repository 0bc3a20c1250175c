/*
 * test_dlpack.c: ramp/dlpack.h: a DLTensor over the memory of one backend is worked on and given back; and what does not fit is refused,
 * with the status and the sentence that the header says, and no output touched.
 */
#include "check.h"

#include <ramp/dlpack.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum { rows = 5, columns = 6, lead = 32 /* bytes before the first element */ };

static ramp_device *dev;
static DLDevice here;

/* In the style of a producer that fills in everything. */
static DLTensor view(void *data, uint64_t byte_offset, int ndim, int64_t *shape, int64_t *strides) {
    return (DLTensor){.data = data,
                      .device = here,
                      .ndim = ndim,
                      .dtype = {kDLFloat, 32, 1},
                      .shape = shape,
                      .strides = strides,
                      .byte_offset = byte_offset};
}

static int same_tensor(const ramp_tensor *a, const ramp_tensor *b) {
    if (a->data != b->data || a->byte_offset != b->byte_offset || a->dtype != b->dtype || a->memory != b->memory || a->ndim != b->ndim)
        return 0;
    for (int i = 0; i < a->ndim; i++)
        if (a->shape[i] != b->shape[i] || a->strides[i] != b->strides[i]) return 0;
    return 1;
}

/* `call` gives this status; and what it would write is untouched, and the sentence has this word in it. */
#define CHECK_REFUSED(call, status, t, word)                                                                                               \
    do {                                                                                                                                   \
        unsigned char before[sizeof(t)];                                                                                                   \
        memset(&(t), 0x5a, sizeof(t));                                                                                                     \
        memcpy(before, &(t), sizeof(t));                                                                                                   \
        CHECK_STATUS((call), (status));                                                                                                    \
        CHECK(strstr(ramp_last_error(), (word)) != NULL, "no '%s' in: %s", (word), ramp_last_error());                                     \
        CHECK(memcmp(before, &(t), sizeof(t)) == 0, "it failed, and wrote its output");                                                    \
    } while (0)

/* ---- What fits ---- */

/* The handle's name in DLPack is the one that its selector says. */
static void check_name(void) {
    ramp_device_info info;
    char selector[32];
    CHECK_STATUS(ramp_device_describe(dev, &info), RAMP_OK);
    const char *backend = here.device_type == kDLCPU ? "cpu" : here.device_type == kDLCUDA ? "cuda" : "opencl";
    snprintf(selector, sizeof selector, "%s:%d", backend, here.device_id);
    CHECK(strcmp(selector, info.selector) == 0, "%s became device %d of type %d", info.selector, here.device_id, (int)here.device_type);
}

/* hardtanh of every second column of a matrix, from a DLTensor with strides and byte_offset, into one without strides. */
static void check_work(void *data) {
    float matrix[rows * columns], got[rows * columns / 2];
    int64_t shape[2] = {rows, columns / 2}, strides[2] = {columns, 2};
    void *result = NULL;
    for (int i = 0; i < rows * columns; i++) matrix[i] = (float)(i - 12);
    const DLTensor x = view(data, lead + sizeof(float), 2, shape, strides);
    ramp_tensor tx, ty;
    CHECK_STATUS(ramp_memory_alloc(dev, sizeof got, &result), RAMP_OK);
    const DLTensor y = view(result, 0, 2, shape, NULL);
    CHECK_STATUS(ramp_memory_upload(dev, data, lead, matrix, sizeof matrix), RAMP_OK);
    CHECK_STATUS(ramp_tensor_from_dlpack(dev, &x, &tx), RAMP_OK);
    CHECK_STATUS(ramp_tensor_from_dlpack(dev, &y, &ty), RAMP_OK);
    const ramp_tensor row_major = ramp_tensor_dense(result, RAMP_F32, 2, shape);
    CHECK(same_tensor(&ty, &row_major), "strides NULL are not row-major");
    const ramp_op op = {RAMP_HARDTANH, 2, {-5, 5}};
    CHECK_STATUS(ramp_forward(dev, &op, &tx, &ty, NULL), RAMP_OK);
    CHECK_STATUS(ramp_memory_download(dev, got, result, 0, sizeof got), RAMP_OK);
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < columns / 2; k++) {
            const float in = matrix[i * columns + 2 * k + 1], want = in < -5 ? -5 : in > 5 ? 5 : in;
            CHECK(got[i * columns / 2 + k] == want, "row %d, column %d: %g, not %g", i, k, (double)got[i * columns / 2 + k], (double)want);
        }

    /* And back: the same view, which a second import finds the same. */
    DLTensor back;
    ramp_tensor again;
    CHECK_STATUS(ramp_tensor_to_dlpack(dev, &tx, &back), RAMP_OK);
    CHECK(back.device.device_type == here.device_type && back.device.device_id == here.device_id, "device %d of type %d",
          back.device.device_id, (int)back.device.device_type);
    CHECK(back.shape == tx.shape && back.strides == tx.strides, "not a view of the tensor's own shape and strides");
    CHECK_STATUS(ramp_tensor_from_dlpack(dev, &back, &again), RAMP_OK);
    CHECK(same_tensor(&tx, &again), "there and back is another tensor");
    ramp_memory_free(dev, result);
}

static void check_dtypes(void) {
    static const struct {
        ramp_dtype dtype;
        DLDataType name;
    } rows_of[] = {
        {RAMP_F32, {kDLFloat, 32, 1}}, {RAMP_F64, {kDLFloat, 64, 1}}, {RAMP_F16, {kDLFloat, 16, 1}}, {RAMP_BF16, {kDLBfloat, 16, 1}}};
    for (size_t i = 0; i < sizeof rows_of / sizeof *rows_of; i++) {
        ramp_dtype dtype = RAMP_BIT;
        DLDataType name = {99, 99, 99};
        CHECK_STATUS(ramp_dtype_from_dlpack(rows_of[i].name, &dtype), RAMP_OK);
        CHECK(dtype == rows_of[i].dtype, "row %zu is dtype %d", i, (int)dtype);
        CHECK_STATUS(ramp_dtype_to_dlpack(rows_of[i].dtype, &name), RAMP_OK);
        CHECK(memcmp(&name, &rows_of[i].name, sizeof name) == 0, "row %zu is code %d, %d bits, %d lanes", i, name.code, name.bits,
              name.lanes);
    }
}

/* One element, none, and as many dimensions as there can be. */
static void check_shapes(void *data) {
    int64_t shape[RAMP_MAX_DIMS], strides[RAMP_MAX_DIMS];
    ramp_tensor t;
    DLTensor from = view(data, 0, 0, NULL, NULL), back;
    const ramp_op op = ramp_op_default(RAMP_RELU);
    CHECK_STATUS(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_OK);
    CHECK(t.ndim == 0 && t.data == data, "one element");
    CHECK_STATUS(ramp_forward(dev, &op, &t, &t, NULL), RAMP_OK);
    for (int i = 0; i < RAMP_MAX_DIMS; i++) shape[i] = strides[i] = 1;
    from = view(data, 0, RAMP_MAX_DIMS, shape, strides);
    CHECK_STATUS(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_OK);
    CHECK_STATUS(ramp_forward(dev, &op, &t, &t, NULL), RAMP_OK);
    CHECK_STATUS(ramp_tensor_to_dlpack(dev, &t, &back), RAMP_OK);
    CHECK(back.ndim == RAMP_MAX_DIMS, "%d dimensions", back.ndim);
    shape[3] = 0;
    from = view(NULL, 0, RAMP_MAX_DIMS, shape, NULL);
    CHECK_STATUS(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_OK);
    CHECK_STATUS(ramp_forward(dev, &op, &t, &t, NULL), RAMP_OK);
}

/* A mask in a uint8 tensor of another library's. */
static void check_mask(void *data) {
    int64_t shape[2] = {3, 7}, size = 8, stride = 1;
    const float in[21] = {1, -1, 2, -2, 3, 0, 4, -5, 5, 5, 5, -1, -1, -1, 1, 1, 1, 1, 1, 1, -1};
    const unsigned char want[3] = {0x55, 0xc7, 0x0f}; /* 1 where above 0, first element lowest */
    unsigned char got[4] = {0};
    void *bits = NULL;
    ramp_tensor x = ramp_tensor_dense(data, RAMP_F32, 2, shape), mask, wrong;
    CHECK_STATUS(ramp_memory_alloc(dev, (size_t)size + lead, &bits), RAMP_OK);
    DLTensor bytes = view(bits, lead, 1, &size, NULL);
    bytes.dtype = (DLDataType){kDLUInt, 8, 1};
    const DLDevice plain = bytes.device;
    const ramp_op op = ramp_op_default(RAMP_RELU);
    CHECK_STATUS(ramp_memory_upload(dev, data, 0, in, sizeof in), RAMP_OK);
    CHECK_STATUS(ramp_memory_upload(dev, bits, lead, "~~~~", 4), RAMP_OK);
    CHECK_STATUS(ramp_mask_from_dlpack(dev, &bytes, &x, &mask), RAMP_OK);
    CHECK_STATUS(ramp_forward(dev, &op, &x, &x, &mask), RAMP_OK);
    CHECK_STATUS(ramp_memory_download(dev, got, bits, lead, sizeof got), RAMP_OK);
    CHECK(memcmp(got, want, 3) == 0 && got[3] == '~', "%02x %02x %02x %02x", got[0], got[1], got[2], got[3]);
    size = 3, bytes.strides = &stride;
    CHECK_STATUS(ramp_mask_from_dlpack(dev, &bytes, &x, &mask), RAMP_OK); /* just enough */

    stride = 2;
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &x, &wrong), RAMP_ERROR_ARGUMENT, wrong, "side by side");
    size = 2, stride = 1;
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &x, &wrong), RAMP_ERROR_ARGUMENT, wrong, "needs 3");
    size = -1;
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &x, &wrong), RAMP_ERROR_ARGUMENT, wrong, "-1 bytes");
    size = 8, bytes.dtype.code = 6; /* bool */
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &x, &wrong), RAMP_ERROR_UNSUPPORTED, wrong, "uint8");
    bytes.dtype = (DLDataType){kDLUInt, 16, 1};
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &x, &wrong), RAMP_ERROR_UNSUPPORTED, wrong, "16 bits");
    bytes.dtype = (DLDataType){kDLUInt, 8, 8};
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &x, &wrong), RAMP_ERROR_UNSUPPORTED, wrong, "8 lanes");
    bytes.dtype = (DLDataType){kDLUInt, 8, 1}, bytes.ndim = 2;
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &x, &wrong), RAMP_ERROR_UNSUPPORTED, wrong, "with 2");
    bytes.ndim = 1, bytes.shape = NULL;
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &x, &wrong), RAMP_ERROR_ARGUMENT, wrong, "shape is NULL");
    bytes.shape = &size, bytes.device.device_type = kDLVulkan;
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &x, &wrong), RAMP_ERROR_UNSUPPORTED, wrong, "type 7");
    bytes.device.device_type = (DLDeviceType)-1;
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &x, &wrong), RAMP_ERROR_UNSUPPORTED, wrong, "type -1 ");
    bytes.device = plain;
    ramp_tensor bad = x;
    bad.ndim = 99;
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &bad, &wrong), RAMP_ERROR_ARGUMENT, wrong, "y's ndim is 99");
    bad.ndim = -1;
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &bad, &wrong), RAMP_ERROR_ARGUMENT, wrong, "y's ndim is -1");
    bad = x, bad.shape[0] = bad.shape[1] = INT64_C(1) << 40;
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &bad, &wrong), RAMP_ERROR_ARGUMENT, wrong, "y has a shape");
    bad = x, bad.shape[1] = -7;
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, &bytes, &bad, &wrong), RAMP_ERROR_ARGUMENT, wrong, "y has a shape");
    bad = x, bad.shape[1] = 0;
    CHECK_STATUS(ramp_mask_from_dlpack(dev, &bytes, &bad, &mask), RAMP_OK); /* empty */
    CHECK_REFUSED(ramp_mask_from_dlpack(dev, NULL, &x, &wrong), RAMP_ERROR_ARGUMENT, wrong, "bytes is NULL");
    CHECK_STATUS(ramp_mask_from_dlpack(dev, &bytes, NULL, &mask), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_mask_from_dlpack(dev, &bytes, &x, NULL), RAMP_ERROR_ARGUMENT);
    ramp_memory_free(dev, bits);
}

/* ---- What does not ---- */

/* Memory of every type that DLPack has, for this device: its own, what it can reach too, and the rest. */
static void check_devices(void *data) {
    const char *backend = ramp_device_backend(dev);
    const int cpu = strcmp(backend, "cpu") == 0, cuda = strcmp(backend, "cuda") == 0, opencl = strcmp(backend, "opencl") == 0;
    int64_t shape[1] = {4};
    DLTensor from = view(data, 0, 1, shape, NULL);
    ramp_tensor t;
    for (int type = 0; type <= 18; type++) {
        const int known = type == kDLCPU || type == kDLCUDA || type == kDLCUDAHost || type == kDLOpenCL || type == kDLCUDAManaged;
        const int fits = (type == kDLCPU && cpu) || (type == kDLCUDA && cuda) || (type == kDLOpenCL && opencl) ||
                         ((type == kDLCUDAHost || type == kDLCUDAManaged) && (cpu || cuda));
        char word[16];
        snprintf(word, sizeof word, "type %d", type);
        from.device.device_type = (DLDeviceType)type;
        if (fits)
            CHECK_STATUS(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_OK);
        else if (known)
            CHECK_REFUSED(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_ERROR_ARGUMENT, t, backend);
        else
            CHECK_REFUSED(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_ERROR_UNSUPPORTED, t, word);
    }
    /* Another device of the same kind; the host's memory, pinned or not, has no number. */
    from.device = (DLDevice){here.device_type, here.device_id + 1};
    if (cpu)
        CHECK_STATUS(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_OK);
    else
        CHECK_REFUSED(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_ERROR_ARGUMENT, t, opencl ? "ramp-info" : "open cuda:");
    from.device = (DLDevice){kDLCUDAHost, 3};
    if (cuda) CHECK_STATUS(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_OK);
}

static void check_refused(void *data) {
    int64_t shape[RAMP_MAX_DIMS + 1] = {2, 2};
    DLTensor from = view(data, 0, 1, shape, NULL), to = from;
    ramp_tensor t;
    from.dtype.lanes = 4;
    CHECK_REFUSED(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_ERROR_UNSUPPORTED, t, "4 lanes");
    static const struct {
        DLDataType type;
        const char *word;
    } dtypes[] = {
        {{kDLInt, 32, 1}, "code 0 of 32 bits"},     {{kDLFloat, 8, 1}, "code 2 of 8 bits"},     {{kDLFloat, 128, 1}, "of 128 bits"},
        {{kDLBfloat, 32, 1}, "code 4 of 32 bits"},  {{kDLComplex, 64, 1}, "code 5 of 64 bits"}, {{6, 8, 1}, "ramp_mask_from_dlpack"},
        {{kDLUInt, 1, 1}, "ramp_mask_from_dlpack"}, {{kDLUInt, 8, 1}, "ramp_mask_from_dlpack"}, {{7, 8, 1}, "code 7 of 8 bits"}};
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        from.dtype = dtypes[i].type;
        CHECK_REFUSED(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_ERROR_UNSUPPORTED, t, dtypes[i].word);
    }
    from = view(data, 0, RAMP_MAX_DIMS + 1, shape, NULL);
    CHECK_REFUSED(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_ERROR_UNSUPPORTED, t, "17 dimensions");
    from.ndim = -1;
    CHECK_REFUSED(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_ERROR_ARGUMENT, t, "negative");
    from = view(data, 0, 1, NULL, NULL);
    CHECK_REFUSED(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_ERROR_ARGUMENT, t, "shape is NULL");
    CHECK_REFUSED(ramp_tensor_from_dlpack(dev, NULL, &t), RAMP_ERROR_ARGUMENT, t, "from is NULL");
    from = view(data, 0, 1, shape, NULL);
    CHECK_REFUSED(ramp_tensor_from_dlpack(NULL, &from, &t), RAMP_ERROR_ARGUMENT, t, "ramp_tensor_from_dlpack: dev is NULL");
    ramp_tensor of = ramp_tensor_dense(data, RAMP_F32, 1, shape);
    DLTensor out;
    DLDevice device;
    CHECK_REFUSED(ramp_tensor_to_dlpack(NULL, &of, &out), RAMP_ERROR_ARGUMENT, out, "ramp_tensor_to_dlpack: dev is NULL");
    CHECK_REFUSED(ramp_mask_from_dlpack(NULL, &from, &of, &t), RAMP_ERROR_ARGUMENT, t, "ramp_mask_from_dlpack: dev is NULL");
    CHECK_REFUSED(ramp_device_to_dlpack(NULL, &device), RAMP_ERROR_ARGUMENT, device, "ramp_device_to_dlpack: dev is NULL");
    CHECK_REFUSED(ramp_device_check_dlpack(NULL, here), RAMP_ERROR_ARGUMENT, device, "ramp_device_check_dlpack: dev is NULL");
    CHECK_STATUS(ramp_tensor_from_dlpack(dev, &from, NULL), RAMP_ERROR_ARGUMENT);

    /* The other way. */
    const DLTensor before = to;
    t = ramp_tensor_dense(data, RAMP_BIT, 1, shape);
    CHECK_STATUS(ramp_tensor_to_dlpack(dev, &t, &to), RAMP_ERROR_UNSUPPORTED);
    CHECK(strstr(ramp_last_error(), "uint8") != NULL, "%s", ramp_last_error());
    t.dtype = RAMP_F32, t.memory = RAMP_MEMORY_SVM;
    CHECK_STATUS(ramp_tensor_to_dlpack(dev, &t, &to), RAMP_ERROR_UNSUPPORTED);
    t.memory = RAMP_MEMORY_NATIVE, t.dtype = (ramp_dtype)0;
    CHECK_STATUS(ramp_tensor_to_dlpack(dev, &t, &to), RAMP_ERROR_UNSUPPORTED);
    t.dtype = RAMP_F32, t.ndim = RAMP_MAX_DIMS + 1;
    CHECK_STATUS(ramp_tensor_to_dlpack(dev, &t, &to), RAMP_ERROR_ARGUMENT);
    t.ndim = 1;
    CHECK_STATUS(ramp_tensor_to_dlpack(NULL, &t, &to), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_tensor_to_dlpack(dev, NULL, &to), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_tensor_to_dlpack(dev, &t, NULL), RAMP_ERROR_ARGUMENT);
    CHECK(memcmp(&before, &to, sizeof to) == 0, "a call failed, and wrote its output");
    CHECK_STATUS(ramp_device_to_dlpack(dev, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_dtype_to_dlpack(RAMP_F32, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_dtype_from_dlpack(to.dtype, NULL), RAMP_ERROR_ARGUMENT);
}

/* Pinned memory of the host's: a CUDA device works on it where it lies. Through the driver's own symbols, as in test_queue_cuda.c. */
static void check_pinned(void) {
    int (*retain)(void **, int), (*set)(void *), (*alloc)(void **, size_t), (*release)(void *), (*drop)(int);
    const struct {
        const char *name;
        void *function;
    } symbols[] = {{"cuDevicePrimaryCtxRetain", &retain},
                   {"cuCtxSetCurrent", &set},
                   {"cuMemAllocHost_v2", &alloc},
                   {"cuMemFreeHost", &release},
                   {"cuDevicePrimaryCtxRelease_v2", &drop}};
    void *library = dlopen("libcuda.so.1", RTLD_NOW), *context = NULL, *pinned = NULL;
    if (!CHECK(library != NULL, "the driver that ramp opened")) return;
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        void *address = dlsym(library, symbols[i].name);
        if (!CHECK(address != NULL, "%s", symbols[i].name)) return;
        memcpy(symbols[i].function, &address, sizeof address);
    }
    if (!CHECK(retain(&context, here.device_id) == 0 && set(context) == 0 && alloc(&pinned, 1024) == 0, "pinned memory")) return;
    float *value = pinned;
    int64_t shape[1] = {8};
    for (int i = 0; i < 8; i++) value[i] = (float)(i - 4);
    DLTensor from = view(pinned, 0, 1, shape, NULL);
    from.device = (DLDevice){kDLCUDAHost, 0};
    ramp_tensor t;
    const ramp_op op = ramp_op_default(RAMP_RELU);
    CHECK_STATUS(ramp_tensor_from_dlpack(dev, &from, &t), RAMP_OK);
    CHECK_STATUS(ramp_forward(dev, &op, &t, &t, NULL), RAMP_OK);
    CHECK_STATUS(ramp_device_synchronize(dev), RAMP_OK);
    for (int i = 0; i < 8; i++) CHECK(value[i] == (i > 4 ? (float)(i - 4) : 0.0f), "pinned element %d: %g", i, (double)value[i]);
    release(pinned);
    set(NULL);
    drop(here.device_id);
}

/* Around the caller's stream (the legacy one needs no header to name it): ramp says that it does not know the number, or is right. */
static void check_wrapped(void *data) {
    ramp_device *wrapped = NULL;
    DLDevice name = {kDLCPU, -1};
    int64_t shape[1] = {4};
    const DLTensor from = view(data, 0, 1, shape, NULL);
    ramp_tensor t;
    if (!CHECK_STATUS(ramp_device_wrap(&wrapped, "cuda", here.device_id, NULL), RAMP_OK)) return;
    const ramp_status status = ramp_device_to_dlpack(wrapped, &name);
    if (status == RAMP_OK)
        CHECK(name.device_type == kDLCUDA && name.device_id == here.device_id, "device %d", name.device_id);
    else
        CHECK(status == RAMP_ERROR_UNSUPPORTED && name.device_id == -1 && strstr(ramp_last_error(), "which number") != NULL, "%s",
              ramp_last_error());
    CHECK_STATUS(ramp_tensor_from_dlpack(wrapped, &from, &t), RAMP_OK);
    ramp_device_close(wrapped);
}

int main(int argc, char **argv) {
    const char *selector = argc > 1 ? argv[1] : "cpu";
    void *data = NULL;
    ramp_status status = ramp_device_open(&dev, selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    if (!CHECK_STATUS(status, RAMP_OK)) return check_finish("test_dlpack");
    CHECK_STATUS(ramp_device_to_dlpack(dev, &here), RAMP_OK);
    check_name();
    CHECK_STATUS(ramp_memory_alloc(dev, 4096, &data), RAMP_OK);
    check_dtypes();
    check_work(data);
    check_shapes(data);
    check_mask(data);
    check_devices(data);
    check_refused(data);
    if (here.device_type == kDLCUDA) {
        check_pinned();
        check_wrapped(data);
    }
    ramp_memory_free(dev, data);
    ramp_device_close(dev);
    return check_finish("test_dlpack");
}
