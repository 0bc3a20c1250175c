/* calls_starts.c: the parts that are about a process's beginning: first calls, and what loading costs. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* dlmopen, dlinfo, dladdr */
#endif
#include "calls_count.h"
#include "calls_driver.h"
#include "calls_parts.h"
#include "program.h"
#include "progress.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static double since(double begin) { return (progress_clock() - begin) * 1e3; }

static int failed(const char *what) {
    char words[1200];
    snprintf(words, sizeof words, "%s: %s", what, ramp_last_error());
    return calls_failed(words);
}

/* ---- First calls ---- */

static int call(ramp_device *device, const calls_options *o, void *const data[2], double *milliseconds) {
    const int64_t shape = calls_elements;
    const ramp_tensor x = ramp_tensor_dense(data[0], RAMP_F32, 1, &shape), y = ramp_tensor_dense(data[1], RAMP_F32, 1, &shape);
    const double begin = progress_clock();
    if (ramp_forward(device, &o->op, &x, &y, NULL) != RAMP_OK || ramp_device_synchronize(device) != RAMP_OK) return -1;
    *milliseconds = since(begin);
    return 0;
}

static int time_calls(ramp_device *device, const calls_options *o, const char *start) {
    static const float value[calls_elements] = {-1, 1};
    void *data[2] = {NULL, NULL};
    double first, second;
    for (int i = 0; i < 2; i++)
        if (ramp_memory_alloc(device, sizeof value, &data[i]) != RAMP_OK ||
            ramp_memory_upload(device, data[i], 0, value, sizeof value) != RAMP_OK)
            return failed("memory");
    const double begin = progress_clock();
    if (o->start == START_PREPARED && ramp_prepare(device, &o->op, RAMP_F32) != RAMP_OK) return failed("ramp_prepare");
    if (o->start == START_PREPARED) calls_sample(since(begin), "%s prepare", start);
    if (call(device, o, data, &first) != 0 || call(device, o, data, &second) != 0) return failed("ramp_forward");
    calls_sample(first, "%s first", start);
    calls_sample(second, "%s second", start);
    for (int i = 0; i < 2; i++) ramp_memory_free(device, data[i]);
    return exit_done;
}

int calls_part_first(const calls_options *o) {
    const char *start = calls_start_names[o->start];
    ramp_device *device;
    if (o->start == START_CONTEXT || o->start == START_INSIDE) {
        ramp_device_info info = {.backend = "cuda"}; /* to ask ramp for it would start the driver */
        char reason[512];
        double milliseconds;
        snprintf(info.selector, sizeof info.selector, "%s", o->backend[0]);
        if (calls_cuda_context(&info, &milliseconds, reason) != 0) return calls_failed(reason);
        calls_sample(milliseconds, "%s context", start);
        if (o->start == START_CONTEXT) return exit_done;
    }
    const double begin = progress_clock();
    if (ramp_device_open(&device, o->backend[0]) != RAMP_OK) return failed("ramp_device_open");
    const double opened = since(begin);
    if (calls_tell_device(device) != 0) return failed("ramp_device_describe");
    calls_sample(opened, "%s open", start);
    const int code = time_calls(device, o, start);
    ramp_device_close(device);
    return code;
}

/* ---- Loading ---- */

static int is_loaded(const char *soname) {
    void *library = dlopen(soname, RTLD_LAZY | RTLD_NOLOAD);
    if (library != NULL) dlclose(library);
    return library != NULL;
}

/* Milliseconds to load the library's file, beside a libc and libm that are there; below 0: cannot be told. */
static double time_to_load(void) {
#if defined(LM_ID_NEWLM) && !defined(__SANITIZE_ADDRESS__)
    uint32_t (*of_ramp)(void) = ramp_version; /* ISO C has no cast from a function to an object */
    void *address, *libm, *library;
    Dl_info ramp, self;
    Lmid_t space;
    char program[PATH_MAX] = "", path[PATH_MAX] = "";
    memcpy(&address, &of_ramp, sizeof address);
    if (dladdr(address, &ramp) == 0 || dladdr("", &self) == 0 || ramp.dli_fbase == self.dli_fbase) return -1; /* linked statically */
    if (realpath(ramp.dli_fname, path) == NULL) snprintf(program, sizeof program, "%s", ramp.dli_fname);
    libm = dlmopen(LM_ID_NEWLM, "libm.so.6", RTLD_NOW);
    if (libm == NULL || dlinfo(libm, RTLD_DI_LMID, &space) != 0) return -1;
    const double begin = progress_clock();
    library = dlmopen(space, path[0] != '\0' ? path : program, RTLD_NOW);
    return library != NULL ? since(begin) : -1;
#else
    return -1;
#endif
}

/* Functions that ramp has looked up in the drivers of other backends than its own. */
static int others_functions(const char *backend) {
    const char *name;
    unsigned long long calls;
    int others = 0;
    for (int i = 0; (name = calls_count_function(i, &calls)) != NULL; i++) {
        const char *of = strncmp(name, "cu", 2) == 0 ? "cuda" : strncmp(name, "cl", 2) == 0 ? "opencl" : "";
        others += strncmp(backend, of, strlen(of)) != 0;
    }
    return others;
}

int calls_part_load(const calls_options *o) {
    ramp_device *device;
    const char *why;
    const int drivers = is_loaded("libcuda.so.1") + is_loaded("libOpenCL.so.1");
    const double milliseconds = time_to_load();
    const int is_counted = calls_count_begin(&why);
    if (ramp_device_open(&device, o->backend[0]) != RAMP_OK) return failed("ramp_device_open");
    if (calls_tell_device(device) != 0) return failed("ramp_device_describe"); /* first: of another one nothing is kept */
    calls_sample(drivers, "load drivers");
    if (milliseconds >= 0) calls_sample(milliseconds, "load time");
    if (is_counted) calls_sample(others_functions(o->backend[0]), "load others");
    ramp_device_close(device);
    return exit_done;
}
