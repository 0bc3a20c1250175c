#include "driver.h"

#include <stdio.h>

#include "os.h"

cuda_driver_table cuda_driver;

static os_once once = OS_ONCE_INIT;
static struct {
    ramp_status status;
    unsigned forks;
    char reason[512];
} outcome;

#define TEXT_OF(name)   #name
#define SYMBOL_OF(name) TEXT_OF(name) /* after expansion: "cuMemAlloc_v2" */

static const char *missing_symbol(void *library) {
#define REQUIRED(name)                                                                                                                     \
    if (!os_library_symbol(library, SYMBOL_OF(name), &cuda_driver.name)) return SYMBOL_OF(name);
#define OPTIONAL(name) (void)os_library_symbol(library, SYMBOL_OF(name), &cuda_driver.name);
    CUDA_FUNCTIONS(REQUIRED)
    CUDA_OPTIONAL_FUNCTIONS(OPTIONAL)
    return NULL;
}

/* Fills `outcome`. The library stays open for as long as the process lives. */
static void start(void) {
    outcome.status = RAMP_ERROR_UNAVAILABLE;
    os_fork_watch();
    outcome.forks = os_fork_count();
    void *library = os_library_open("libcuda.so.1", outcome.reason, sizeof outcome.reason);
    if (library == NULL) return;
    const char *missing = missing_symbol(library);
    if (missing != NULL) {
        snprintf(outcome.reason, sizeof outcome.reason, "libcuda.so.1 has no %s: a driver of CUDA 11.0 or later is needed", missing);
        os_library_close(library);
        return;
    }
    outcome.status = CU_TRY(cuInit(0));
    if (outcome.status != RAMP_OK) {
        snprintf(outcome.reason, sizeof outcome.reason, "%s", ramp_last_error());
        outcome.status = RAMP_ERROR_UNAVAILABLE;
    }
}

ramp_status cuda_driver_start(void) {
    os_call_once(&once, start);
    if (outcome.status != RAMP_OK) return ramp_error_set(outcome.status, "%s", outcome.reason);
    if (os_fork_count() != outcome.forks)
        return ramp_error_set(RAMP_ERROR_FORKED, "this process was forked after the CUDA driver was started; a child cannot use it");
    return RAMP_OK;
}

ramp_status cuda_failed(CUresult result, const char *call) {
    const char *name = NULL, *words = NULL;
    cuda_driver.cuGetErrorName(result, &name); /* both leave NULL for a code that they do not know */
    cuda_driver.cuGetErrorString(result, &words);
    return ramp_error_set(result == CUDA_ERROR_OUT_OF_MEMORY ? RAMP_ERROR_MEMORY : RAMP_ERROR_DEVICE, "%s: %s (%d, %s)", call,
                          name != NULL ? name : "CUresult", (int)result, words != NULL ? words : "unknown to this driver");
}

ramp_status cuda_enter(CUcontext context, int *pushed) {
    CUcontext current = NULL;
    *pushed = 0;
    ramp_status status = CU_TRY(cuCtxGetCurrent(&current));
    if (status != RAMP_OK || current == context) return status;
    status = CU_TRY(cuCtxPushCurrent(context));
    *pushed = status == RAMP_OK;
    return status;
}

ramp_status cuda_leave(int pushed, ramp_status status) {
    CUcontext popped;
    if (!pushed) return status;
    if (status == RAMP_OK) return CU_TRY(cuCtxPopCurrent(&popped));
    CU_DROP(cuCtxPopCurrent(&popped)); /* the first failure's words stay */
    return status;
}
