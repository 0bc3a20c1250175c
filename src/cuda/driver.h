/*
 * driver.h: the CUDA driver, libcuda.so.1, opened by its soname into one table of functions, and the macro that every call of it passes.
 *
 * cuda.h renames functions by macros (cuMemAlloc is cuMemAlloc_v2). Here a name is expanded before it becomes a member or a symbol, so
 * that CU_TRY(cuMemAlloc(...)) calls what cuda.h declares. Every driver from CUDA 11.0 on exports all but the optional ones.
 */
#ifndef RAMP_CUDA_DRIVER_H
#define RAMP_CUDA_DRIVER_H

#undef CUDA_API_PER_THREAD_DEFAULT_STREAM /* stream 0 is the legacy stream, whatever the build's flags say */
#include <cuda.h>

#include "ramp/backend.h"

/* The form that every driver exports: CUDA 13's header renames it to one of 12.8. And two that older headers do not declare. */
#undef cuEventElapsedTime
CUresult cuEventElapsedTime(float *milliseconds, CUevent start, CUevent stop);
CUresult cuCtxGetId(CUcontext context, unsigned long long *id);
CUresult cuFuncLoad(CUfunction function);

/* X(name): one line a function. */
#define CUDA_FUNCTIONS(X)                                                                                                                  \
    X(cuInit)                                                                                                                              \
    X(cuGetErrorName)                                                                                                                      \
    X(cuGetErrorString)                                                                                                                    \
    X(cuDriverGetVersion)                                                                                                                  \
    X(cuDeviceGet)                                                                                                                         \
    X(cuDeviceGetAttribute)                                                                                                                \
    X(cuDeviceGetCount)                                                                                                                    \
    X(cuDeviceGetName)                                                                                                                     \
    X(cuDeviceTotalMem)                                                                                                                    \
    X(cuDevicePrimaryCtxGetState)                                                                                                          \
    X(cuDevicePrimaryCtxRetain)                                                                                                            \
    X(cuDevicePrimaryCtxRelease)                                                                                                           \
    X(cuCtxGetCurrent)                                                                                                                     \
    X(cuCtxGetDevice)                                                                                                                      \
    X(cuCtxPushCurrent)                                                                                                                    \
    X(cuCtxPopCurrent)                                                                                                                     \
    X(cuStreamCreate)                                                                                                                      \
    X(cuStreamDestroy)                                                                                                                     \
    X(cuStreamGetCtx)                                                                                                                      \
    X(cuStreamIsCapturing)                                                                                                                 \
    X(cuStreamSynchronize)                                                                                                                 \
    X(cuModuleLoadData)                                                                                                                    \
    X(cuModuleUnload)                                                                                                                      \
    X(cuModuleGetFunction)                                                                                                                 \
    X(cuFuncSetAttribute)                                                                                                                  \
    X(cuThreadExchangeStreamCaptureMode)                                                                                                   \
    X(cuFuncGetAttribute)                                                                                                                  \
    X(cuLaunchKernel)                                                                                                                      \
    X(cuMemAlloc)                                                                                                                          \
    X(cuMemFree)                                                                                                                           \
    X(cuMemcpyHtoDAsync)                                                                                                                   \
    X(cuMemcpyDtoHAsync)                                                                                                                   \
    X(cuMemHostAlloc)                                                                                                                      \
    X(cuMemFreeHost)                                                                                                                       \
    X(cuPointerGetAttribute)                                                                                                               \
    X(cuMemcpyDtoDAsync)                                                                                                                   \
    X(cuEventCreate)                                                                                                                       \
    X(cuEventDestroy)                                                                                                                      \
    X(cuEventRecord)                                                                                                                       \
    X(cuEventSynchronize)                                                                                                                  \
    X(cuEventElapsedTime)

/* NULL in the table where the driver has none: from 12.0 and from 12.4 on. */
#define CUDA_OPTIONAL_FUNCTIONS(X)                                                                                                         \
    X(cuCtxGetId)                                                                                                                          \
    X(cuFuncLoad)

#define CUDA_MEMBER(name) __typeof__(name) *name;
typedef struct cuda_driver_table {
    CUDA_FUNCTIONS(CUDA_MEMBER)
    CUDA_OPTIONAL_FUNCTIONS(CUDA_MEMBER)
} cuda_driver_table;
#undef CUDA_MEMBER

extern cuda_driver_table cuda_driver; /* written once, by cuda_driver_start() */

/* Open and start the driver, once a process; later calls give the first one's outcome. UNAVAILABLE, with the loader's or the driver's
 * words. FORKED: it was started before a fork(). */
ramp_status cuda_driver_start(void);

/* The status of a driver call that failed; the message holds the call, the code's name and its description. */
__attribute__((cold)) ramp_status cuda_failed(CUresult result, const char *call);

static inline ramp_status cuda_check(CUresult result, const char *call) {
    return result == CUDA_SUCCESS ? RAMP_OK : cuda_failed(result, call);
}

/* The status of one driver call: CU_TRY(cuMemAlloc(&address, bytes)). CU_DROP: where something is undone and nobody is left to tell. */
#define CU_TRY(call)  cuda_check(cuda_driver.call, #call)
#define CU_DROP(call) ((void)cuda_driver.call)

/* Make `context` current, unless it is; then put back what was, and give `status`, or why that failed. */
ramp_status cuda_enter(CUcontext context, int *pushed);
ramp_status cuda_leave(int pushed, ramp_status status);

#endif
