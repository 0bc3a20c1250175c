/* test_handles.c: devices, memory, events, roofs and status names: what each call takes and refuses. On one backend. */
#include "check.h"

#include <math.h>
#include <string.h>

static void test_words(void) {
    CHECK(ramp_last_error()[0] == '\0', "before the first failure: '%s'", ramp_last_error());
    static const char *const names[] = {"RAMP_OK",           "RAMP_ERROR_ARGUMENT", "RAMP_ERROR_UNSUPPORTED", "RAMP_ERROR_UNAVAILABLE",
                                        "RAMP_ERROR_MEMORY", "RAMP_ERROR_DEVICE",   "RAMP_ERROR_FORKED"};
    for (int i = 0; i < 7; i++)
        CHECK(strcmp(ramp_status_name((ramp_status)i), names[i]) == 0, "status %d is %s", i, ramp_status_name((ramp_status)i));
    CHECK(strcmp(ramp_status_name((ramp_status)7), "unknown ramp_status") == 0, "status 7 is %s", ramp_status_name((ramp_status)7));
    CHECK(strcmp(ramp_status_name((ramp_status)-1), "unknown ramp_status") == 0, "status -1 is %s", ramp_status_name((ramp_status)-1));
    uint32_t version = RAMP_VERSION_MAJOR << 16 | RAMP_VERSION_MINOR << 8 | RAMP_VERSION_PATCH;
    CHECK(ramp_version() == version, "%#x, not %#x", (unsigned)ramp_version(), (unsigned)version);
}

static void test_null(void) {
    ramp_device_close(NULL);
    ramp_memory_free(NULL, NULL);
    ramp_event_destroy(NULL);
    CHECK(strcmp(ramp_device_backend(NULL), "") == 0 && strcmp(ramp_device_name(NULL), "") == 0, "NULL has no name");
    ramp_device_info info;
    ramp_device *dev;
    ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    void *data = &op;
    CHECK_STATUS(ramp_device_open(NULL, "cpu"), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_wrap(NULL, "opencl", 0, &op), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_wrap(&dev, NULL, 0, &op), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_wrap(&dev, "nosuch", 0, &op), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_synchronize(NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_describe(NULL, &info), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_supports(NULL, &op, RAMP_F32), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_prepare(NULL, &op, RAMP_F32), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_memory_alloc(NULL, 16, &data), RAMP_ERROR_ARGUMENT);
    CHECK(data == NULL, "a failed alloc left an address");
    CHECK_STATUS(ramp_memory_upload(NULL, &info, 0, &op, 4), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_memory_download(NULL, &info, &op, 0, 4), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_roof_run(NULL, RAMP_ROOF_COPY, 16, &info, &op, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_event_record(NULL, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_event_wait(NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_event_elapsed(NULL, NULL, NULL), RAMP_ERROR_ARGUMENT);
}

static void test_device(ramp_device *dev, const char *selector) {
    ramp_device_info info;
    ramp_op op = ramp_op_default(RAMP_RELU_SQUARED);
    CHECK_STATUS(ramp_device_describe(dev, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_describe(dev, &info), RAMP_OK);
    CHECK(strcmp(info.backend, ramp_device_backend(dev)) == 0 && strcmp(info.name, ramp_device_name(dev)) == 0, "%s: two stories",
          selector);
    CHECK(info.status == RAMP_OK && info.reason[0] == '\0' && info.type != 0 && info.memory > 0, "%s: %s", selector, info.reason);
    CHECK((info.dtypes & 1u << RAMP_F32) != 0, "%s computes no f32", selector);
    ramp_device *again;
    if (CHECK_STATUS(ramp_device_open(&again, info.selector), RAMP_OK)) {
        CHECK(strcmp(ramp_device_name(again), info.name) == 0, "%s opens %s, not %s", info.selector, ramp_device_name(again), info.name);
        ramp_device_close(again);
    }
    CHECK_STATUS(ramp_device_supports(dev, NULL, RAMP_F32), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_supports(dev, &op, RAMP_F32), RAMP_OK);
    CHECK((info.dtypes & 1u << RAMP_F16) != 0 && (info.dtypes & 1u << RAMP_BF16) != 0 && info.dtypes < 1u << RAMP_BIT,
          "%s: dtypes %#x: whoever computes f32 stores f16 and bf16", selector, (unsigned)info.dtypes);
    for (int dtype = RAMP_F32; dtype <= RAMP_BF16; dtype++) {
        ramp_status serves = (info.dtypes & 1u << dtype) != 0 ? RAMP_OK : RAMP_ERROR_UNSUPPORTED;
        CHECK_STATUS(ramp_device_supports(dev, &op, (ramp_dtype)dtype), serves);
        CHECK_STATUS(ramp_prepare(dev, &op, (ramp_dtype)dtype), serves);
    }
    CHECK_STATUS(ramp_device_supports(dev, &op, RAMP_BIT), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_supports(dev, &op, (ramp_dtype)0), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_prepare(dev, NULL, RAMP_F32), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_prepare(dev, &op, RAMP_F32), RAMP_OK);
    CHECK_STATUS(ramp_device_synchronize(dev), RAMP_OK);
}

static void test_memory(ramp_device *dev) {
    void *data = &data;
    unsigned char bytes[64], back[64];
    for (int i = 0; i < 64; i++) bytes[i] = (unsigned char)i;
    CHECK_STATUS(ramp_memory_alloc(dev, 16, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_memory_alloc(dev, 0, &data), RAMP_OK);
    CHECK(data == NULL, "0 bytes have an address");
    ramp_status status = ramp_memory_alloc(dev, SIZE_MAX / 2, &data);
    CHECK(status == RAMP_ERROR_MEMORY && data == NULL, "2^63 bytes: %s", ramp_status_name(status));
    status = ramp_memory_alloc(dev, SIZE_MAX, &data);
    CHECK(status == RAMP_ERROR_MEMORY && data == NULL, "2^64 - 1 bytes: %s", ramp_status_name(status));
    if (!CHECK_STATUS(ramp_memory_alloc(dev, 64, &data), RAMP_OK)) return;
    CHECK_STATUS(ramp_memory_upload(dev, data, 0, bytes, 64), RAMP_OK);
    CHECK_STATUS(ramp_memory_upload(dev, data, 3, bytes, 5), RAMP_OK);
    CHECK_STATUS(ramp_memory_download(dev, back, data, 0, 64), RAMP_OK);
    for (int i = 0; i < 64; i++) CHECK(back[i] == (i >= 3 && i < 8 ? i - 3 : i), "byte %d is %d", i, back[i]);
    CHECK_STATUS(ramp_memory_download(dev, back, data, 60, 4), RAMP_OK);
    CHECK(back[0] == 60 && back[3] == 63, "a download at an offset gave %d", back[0]);
    CHECK_STATUS(ramp_memory_upload(dev, NULL, 0, bytes, 4), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_memory_upload(dev, data, 0, NULL, 4), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_memory_download(dev, NULL, data, 0, 4), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_memory_download(dev, back, NULL, 0, 4), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_memory_upload(dev, data, SIZE_MAX - 1, bytes, 4), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_memory_upload(dev, NULL, 0, NULL, 0), RAMP_OK);
    CHECK_STATUS(ramp_memory_download(dev, NULL, NULL, 0, 0), RAMP_OK);
    if (strcmp(ramp_device_backend(dev), "opencl") == 0) { /* a cl_mem knows its size */
        CHECK_STATUS(ramp_memory_upload(dev, data, 61, bytes, 4), RAMP_ERROR_ARGUMENT);
        CHECK_STATUS(ramp_memory_download(dev, back, data, 64, 1), RAMP_ERROR_ARGUMENT);
        ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
        int64_t shape = 17;
        ramp_tensor t = ramp_tensor_dense(data, RAMP_F32, 1, &shape);
        CHECK_STATUS(ramp_forward(dev, &op, &t, &t, NULL), RAMP_ERROR_ARGUMENT);
    }
    ramp_memory_free(dev, data);
    ramp_memory_free(dev, NULL);
}

static void test_events(ramp_device *dev, const char *selector) {
    ramp_event *start = NULL, *stop = NULL, *foreign = NULL;
    ramp_device *other = NULL;
    double ms = -1.0;
    CHECK_STATUS(ramp_event_create(NULL, &start), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_event_create(dev, NULL), RAMP_ERROR_ARGUMENT);
    if (!CHECK_STATUS(ramp_event_create(dev, &start), RAMP_OK) || !CHECK_STATUS(ramp_event_create(dev, &stop), RAMP_OK)) return;
    CHECK_STATUS(ramp_event_wait(start), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_event_elapsed(start, stop, &ms), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_event_record(start, NULL), RAMP_OK);
    CHECK_STATUS(ramp_event_elapsed(start, stop, &ms), RAMP_ERROR_ARGUMENT);
    void *data = NULL;
    ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    int64_t shape = 1 << 20;
    CHECK_STATUS(ramp_memory_alloc(dev, 4u << 20, &data), RAMP_OK);
    ramp_tensor t = ramp_tensor_dense(data, RAMP_F32, 1, &shape);
    for (int round = 0; round < 3; round++) { /* a later record replaces the earlier */
        CHECK_STATUS(ramp_event_record(start, NULL), RAMP_OK);
        CHECK_STATUS(ramp_forward(dev, &op, &t, &t, NULL), RAMP_OK);
        CHECK_STATUS(ramp_event_record(stop, NULL), RAMP_OK);
        CHECK_STATUS(ramp_event_wait(stop), RAMP_OK);
        CHECK_STATUS(ramp_event_wait(start), RAMP_OK);
        CHECK_STATUS(ramp_event_elapsed(start, stop, &ms), RAMP_OK);
        CHECK(ms >= 0.0 && ms < 60000.0, "a million elements took %g ms", ms);
    }
    CHECK_STATUS(ramp_event_elapsed(start, stop, NULL), RAMP_ERROR_ARGUMENT);
    if (CHECK_STATUS(ramp_device_open(&other, selector), RAMP_OK) && CHECK_STATUS(ramp_event_create(other, &foreign), RAMP_OK)) {
        CHECK_STATUS(ramp_event_record(foreign, NULL), RAMP_OK);
        CHECK_STATUS(ramp_event_wait(foreign), RAMP_OK);
        CHECK_STATUS(ramp_event_elapsed(start, foreign, &ms), RAMP_ERROR_ARGUMENT);
        ramp_event_destroy(foreign);
    }
    ramp_device_close(other);
    ramp_event_destroy(start);
    ramp_event_destroy(stop);
    ramp_memory_free(dev, data);
}

static void test_roofs(ramp_device *dev) {
    enum { count = 1 << 16 };
    static float host[3][count];
    void *a = NULL, *b = NULL, *dst = NULL;
    if (!CHECK_STATUS(ramp_memory_alloc(dev, sizeof host[0], &a), RAMP_OK) ||
        !CHECK_STATUS(ramp_memory_alloc(dev, sizeof host[0], &b), RAMP_OK) ||
        !CHECK_STATUS(ramp_memory_alloc(dev, sizeof host[0], &dst), RAMP_OK))
        return;
    for (int i = 0; i < count; i++) host[0][i] = (float)i, host[1][i] = 0.5f;
    CHECK_STATUS(ramp_memory_upload(dev, a, 0, host[0], sizeof host[0]), RAMP_OK);
    CHECK_STATUS(ramp_memory_upload(dev, b, 0, host[1], sizeof host[1]), RAMP_OK);
    for (int roof = RAMP_ROOF_VENDOR_COPY; roof <= RAMP_ROOF_ADD; roof++) {
        memset(host[2], 0xff, sizeof host[2]);
        CHECK_STATUS(ramp_memory_upload(dev, dst, 0, host[2], sizeof host[2]), RAMP_OK);
        CHECK_STATUS(ramp_roof_run(dev, (ramp_roof)roof, sizeof host[0], dst, a, roof == RAMP_ROOF_ADD ? b : NULL), RAMP_OK);
        CHECK_STATUS(ramp_memory_download(dev, host[2], dst, 0, sizeof host[2]), RAMP_OK);
        int wrong = 0;
        for (int i = 0; i < count; i++) wrong += host[2][i] != (float)i + (roof == RAMP_ROOF_ADD ? 0.5f : 0.0f);
        CHECK(wrong == 0, "roof %d: %d elements are wrong", roof, wrong);
    }
    CHECK_STATUS(ramp_roof_run(dev, (ramp_roof)9, 16, dst, a, b), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_roof_run(dev, RAMP_ROOF_COPY, 17, dst, a, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_roof_run(dev, RAMP_ROOF_ADD, 16, dst, a, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_roof_run(dev, RAMP_ROOF_COPY, 16, NULL, a, NULL), RAMP_ERROR_ARGUMENT);
    ramp_memory_free(dev, a);
    ramp_memory_free(dev, b);
    ramp_memory_free(dev, dst);
}

int main(int argc, char **argv) {
    const char *selector = argc > 1 ? argv[1] : "cpu";
    ramp_device *dev = NULL;
    test_words();
    ramp_status status = ramp_device_open(&dev, selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    if (!CHECK_STATUS(status, RAMP_OK)) return check_finish("test_handles");
    test_null();
    test_device(dev, selector);
    test_memory(dev);
    test_events(dev, selector);
    test_roofs(dev);
    ramp_device_close(dev);
    return check_finish("test_handles");
}
