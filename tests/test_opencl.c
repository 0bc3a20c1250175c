/*
 * test_opencl.c: what only the OpenCL backend has: devices that lack something (RAMP_OPENCL_WITHOUT makes any device one of those), the form
 * of its kernels (RAMP_OPENCL_FORM), a wrong word in these and in RAMP_OPENCL_CACHE, and kernels that come from a folder (RAMP_OPENCL_KERNELS) and are wrong, or are nowhere.
 *
 *   test_opencl [SELECTOR] [tables]     tables: only that all which a GPU looks results up with can be built: PoCL takes half a minute
 */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* setenv, mkdtemp */
#endif
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { most_devices = 64 };

/* The first row that the selector means; 0: there is none that is ready. */
static int find_row(const char *selector, ramp_device_info *row) {
    ramp_device_info list[most_devices];
    size_t count = 0;
    if (!CHECK_STATUS(ramp_device_list(selector, list, most_devices, &count), RAMP_OK) || count == 0) return 0;
    *row = list[0];
    return 1;
}

static int mentions(const char *text, const char *word) { return strstr(text, word) != NULL; }

/* ---- Devices that lack something ---- */

/* One number, forward, in f32. */
static float apply(ramp_device *dev, ramp_op_id id, float value) {
    const ramp_op op = ramp_op_default(id);
    const int64_t one = 1;
    void *data = NULL;
    float out = -1.0f;
    if (!CHECK_STATUS(ramp_memory_alloc(dev, sizeof value, &data), RAMP_OK)) return out;
    const ramp_tensor t = ramp_tensor_dense(data, RAMP_F32, 1, &one);
    CHECK_STATUS(ramp_memory_upload(dev, data, 0, &value, sizeof value), RAMP_OK);
    CHECK_STATUS(ramp_forward(dev, &op, &t, &t, NULL), RAMP_OK);
    CHECK_STATUS(ramp_memory_download(dev, &out, data, 0, sizeof out), RAMP_OK);
    ramp_memory_free(dev, data);
    return out;
}

/* No division, no fma: ready, with a note, and the same results. */
static void check_made_up_for(const char *selector) {
    ramp_device_info row;
    ramp_device *dev = NULL;
    setenv("RAMP_OPENCL_WITHOUT", "divide,fma", 1);
    if (find_row(selector, &row)) {
        CHECK(row.status == RAMP_OK && mentions(row.reason, "DIVIDE") && mentions(row.reason, "FMA"), "%s: '%s'", row.selector, row.reason);
        CHECK((row.dtypes & 1u << RAMP_F32) != 0, "dtypes %#x", (unsigned)row.dtypes);
    }
    if (CHECK_STATUS(ramp_device_open(&dev, selector), RAMP_OK)) {
        float y = apply(dev, RAMP_SOFTSIGN, 2.0f);
        CHECK(y == 2.0f / 3.0f, "softsign(2) = %a", (double)y);
    }
    ramp_device_close(dev);
    unsetenv("RAMP_OPENCL_WITHOUT");
}

static void check_refuses(const char *selector) {
    ramp_device *dev = NULL;
    CHECK_STATUS(ramp_device_open(&dev, selector), RAMP_ERROR_UNSUPPORTED);
    CHECK(mentions(ramp_last_error(), "CL_FP_DENORM"), "%s: %s", selector, ramp_last_error());
    ramp_device_close(dev);
}

static void check_opens(const char *selector) {
    ramp_device *dev = NULL;
    ramp_device_info info;
    if (!CHECK_STATUS(ramp_device_open(&dev, selector), RAMP_OK)) return;
    CHECK_STATUS(ramp_device_describe(dev, &info), RAMP_OK);
    CHECK(info.status == RAMP_OK && mentions(info.reason, "CL_FP_DENORM"), "%s: status %d, '%s'", selector, (int)info.status, info.reason);
    float y = apply(dev, RAMP_HARDTANH, 0.25f);
    CHECK(y == 0.25f, "hardtanh(0.25) = %a", (double)y);
    ramp_device_close(dev);
}

/* No subnormal numbers: only for who names it. */
static void check_subnormals(const char *selector) {
    ramp_device_info row;
    ramp_device *dev = NULL;
    setenv("RAMP_OPENCL_WITHOUT", "subnormals", 1);
    if (find_row(selector, &row)) {
        CHECK(row.status == RAMP_ERROR_UNSUPPORTED && mentions(row.reason, "CL_FP_DENORM"), "%s: status %d, '%s'", row.selector,
              (int)row.status, row.reason);
        check_opens(row.selector);
        char named[300];
        snprintf(named, sizeof named, "opencl:%s", row.name);
        if (strchr(row.name, ',') == NULL) check_opens(named);
        named[strlen("opencl:") + 6] = '\0'; /* a part of the name */
        if (strchr(row.name, ',') == NULL) check_opens(named);
    }
    check_refuses(selector);
    check_refuses("opencl");
    if (CHECK_STATUS(ramp_device_open(&dev, "auto"), RAMP_OK))
        CHECK(strcmp(ramp_device_backend(dev), "opencl") != 0, "auto took %s", ramp_device_name(dev));
    ramp_device_close(dev);
    unsetenv("RAMP_OPENCL_WITHOUT");
}

static void check_words(const char *selector) {
    static const char *const variables[] = {"RAMP_OPENCL_WITHOUT", "RAMP_OPENCL_FORM", "RAMP_OPENCL_CACHE"};
    static const char *const values[] = {"fma,fm", "tpu", "32M"}, *const quoted[] = {"'fm'", "'tpu'", "'32M'"};
    for (int i = 0; i < 3; i++) {
        ramp_device *dev = NULL;
        setenv(variables[i], values[i], 1);
        CHECK_STATUS(ramp_device_open(&dev, selector), RAMP_ERROR_UNAVAILABLE);
        CHECK(mentions(ramp_last_error(), variables[i]) && mentions(ramp_last_error(), quoted[i]), "%s", ramp_last_error());
        ramp_device_close(dev);
        unsetenv(variables[i]);
    }
}

/* ---- A GPU's tables: where their kernels do not build, large jobs have the same bits without them: this tells, and test_verbose for some forms ---- */

static void check_tables(const char *selector) {
    const ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    ramp_device *dev = NULL;
    setenv("RAMP_OPENCL_FORM", "gpu", 1);
    if (CHECK_STATUS(ramp_device_open(&dev, selector), RAMP_OK)) {
        CHECK_STATUS(ramp_prepare(dev, &op, RAMP_F16), RAMP_OK);
        CHECK_STATUS(ramp_prepare(dev, &op, RAMP_BF16), RAMP_OK);
    }
    ramp_device_close(dev);
    unsetenv("RAMP_OPENCL_FORM");
}

/* ---- Kernels from a folder ---- */

static void write_file(const char *folder, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!CHECK(file != NULL, "%s cannot be written", path)) return;
    fputs(text, file);
    fclose(file);
}

static void remove_file(const char *folder, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    remove(path);
}

/* What is prepared serves every parameter: nothing is built after it, from kernels that are nowhere. */
static void check_prepared(const char *selector) {
    static const char *const sets[] = {"softplus:1,20", "softplus:2,20"};
    const int64_t count = 16;
    ramp_device *dev = NULL;
    void *data = NULL;
    if (!CHECK_STATUS(ramp_device_open(&dev, selector), RAMP_OK)) return;
    CHECK_STATUS(ramp_memory_alloc(dev, 64, &data), RAMP_OK);
    for (int i = 0; i < 2; i++) {
        ramp_op op;
        CHECK_STATUS(ramp_op_parse(sets[i], &op), RAMP_OK);
        const ramp_op usual = ramp_op_default(op.id);
        const ramp_tensor x = ramp_tensor_dense(data, RAMP_F32, 1, &count);
        CHECK_STATUS(ramp_prepare(dev, &usual, RAMP_F32), RAMP_OK);
        setenv("RAMP_OPENCL_KERNELS", "/nowhere", 1);
        CHECK_STATUS(ramp_forward(dev, &op, &x, &x, NULL), RAMP_OK);
        CHECK_STATUS(ramp_device_synchronize(dev), RAMP_OK); /* a driver's own threads read the environment too */
        unsetenv("RAMP_OPENCL_KERNELS");
    }
    ramp_memory_free(dev, data);
    ramp_device_close(dev);
}

/* Prepare an op with what the folder holds; no message may quote this library's own source. */
static void check_prepare(ramp_device *dev, ramp_status want, const char *word) {
    const ramp_op op = ramp_op_default(RAMP_RELU);
    CHECK_STATUS(ramp_prepare(dev, &op, RAMP_F32), want);
    const char *words = ramp_last_error();
    CHECK(mentions(words, word), "not a word of %s: %s", word, words);
    CHECK(!mentions(words, "->") && !mentions(words, "&dev"), "it quotes C: %s", words);
}

static void check_kernels(const char *selector) {
    static const char *const files[] = {"dialect.h", "emulation.h",    "storage.h",  "arithmetic.h", "functions.h", "activations.h",
                                        "rows.h",    "smooth.h",       "gelu.h",     "layout.h",     "table.h",     "table.cl",
                                        "apply.cl",  "elementwise.cl", "strided.cl", "tiled.cl"};
    enum { file_count = sizeof files / sizeof files[0] };
    char folder[] = "/tmp/ramp-test-XXXXXX";
    ramp_device *dev = NULL;
    if (!CHECK(mkdtemp(folder) != NULL, "mkdtemp") || !CHECK_STATUS(ramp_device_open(&dev, selector), RAMP_OK)) return;
    setenv("RAMP_OPENCL_KERNELS", folder, 1);
    check_prepare(dev, RAMP_ERROR_UNAVAILABLE, "dialect.h cannot be read");
    for (int i = 0; i < file_count; i++) write_file(folder, files[i], "\n");
    write_file(folder, "elementwise.cl", "kernel void other(global int *x) { x[0] = 1; }\n");
    check_prepare(dev, RAMP_ERROR_UNAVAILABLE, "has no kernel 'elementwise': look into the files in RAMP_OPENCL_KERNELS");
    write_file(folder, "elementwise.cl", "kernel void elementwise(global int *x) { x[0] = what; }\n");
    check_prepare(dev, RAMP_ERROR_DEVICE, "clBuildProgram failed: CL_");
    unsetenv("RAMP_OPENCL_KERNELS");
    const ramp_op op = ramp_op_default(RAMP_RELU);
    CHECK_STATUS(ramp_prepare(dev, &op, RAMP_F32), RAMP_OK); /* what failed is tried again */
    ramp_device_close(dev);
    for (int i = 0; i < file_count; i++) remove_file(folder, files[i]);
    rmdir(folder);
}

int main(int argc, char **argv) {
    const char *selector = argc > 1 ? argv[1] : "opencl";
    ramp_device *dev = NULL;
    ramp_status status = ramp_device_open(&dev, selector);
    ramp_device_close(dev);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    if (CHECK_STATUS(status, RAMP_OK) && argc > 2 && strcmp(argv[2], "tables") == 0) {
        check_tables(selector);
    } else if (status == RAMP_OK) {
        check_made_up_for(selector);
        check_subnormals(selector);
        check_words(selector);
        check_kernels(selector);
        check_prepared(selector);
    }
    return check_finish("test_opencl");
}
