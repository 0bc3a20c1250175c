/* nvml_stub.c: a libnvidia-ml.so.1 with three devices, two of one name, for test_bench: what ramp-bench reads of the real one. */
#include <stdio.h>
#include <string.h>

enum { success = 0, wrong = 2, sm = 1, memory = 2 };

int nvmlInit_v2(void);
int nvmlShutdown(void);
int nvmlDeviceGetCount_v2(unsigned *count);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
int nvmlDeviceGetName(void *device, char *name, unsigned length);
int nvmlDeviceGetMaxClockInfo(void *device, int type, unsigned *mhz);
int nvmlDeviceGetClockInfo(void *device, int type, unsigned *mhz);
int nvmlDeviceGetMemoryBusWidth(void *device, unsigned *bits);
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons);

static const char *const names[] = {"NVIDIA Twin", "NVIDIA Single", "NVIDIA Twin"};
static int looks;

int nvmlInit_v2(void) { return success; }
int nvmlShutdown(void) { return success; }

int nvmlDeviceGetCount_v2(unsigned *count) {
    *count = 3;
    return success;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    *device = (void *)&names[index];
    return success;
}

int nvmlDeviceGetName(void *device, char *name, unsigned length) {
    snprintf(name, length, "%s", *(const char *const *)device);
    return success;
}

int nvmlDeviceGetMaxClockInfo(void *device, int type, unsigned *mhz) {
    *mhz = type == sm ? 1980 : 3201;
    return device == &names[1] ? success : wrong;
}

/* 1980, then 1200, then 1500. */
int nvmlDeviceGetClockInfo(void *device, int type, unsigned *mhz) {
    static const unsigned seen[] = {1980, 1200, 1500};
    *mhz = type == sm ? seen[looks++ % 3] : 3201;
    return device == &names[1] ? success : wrong;
}

int nvmlDeviceGetMemoryBusWidth(void *device, unsigned *bits) {
    *bits = 6144;
    return device == &names[1] ? success : wrong;
}

/* Idle first (1), then the power cap (4) and heat (0x40). */
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons) {
    *reasons = looks < 2 ? 1 : 0x44;
    return device == &names[1] ? success : wrong;
}
