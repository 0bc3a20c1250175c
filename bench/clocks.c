/* clocks.c: NVML, opened by its soname. It has its own count of devices, so a device is found by its name; where two have it, nobody can tell which. */
#include "clocks.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { nvml_sm = 1, nvml_memory = 2, nvml_name = 96 };

/* A symbol becomes a function; ISO C has no cast for it. */
static int find(void *library, const char *name, void *function) {
    void *address = dlsym(library, name);
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

static int find_device(bench_clocks *c, const char *name) {
    int (*init)(void), (*count_of)(unsigned *), (*device_at)(unsigned, void **), (*name_of)(void *, char *, unsigned);
    unsigned count = 0, same = 0;
    if (!find(c->library, "nvmlInit_v2", &init) || !find(c->library, "nvmlDeviceGetCount_v2", &count_of) ||
        !find(c->library, "nvmlDeviceGetHandleByIndex_v2", &device_at) || !find(c->library, "nvmlDeviceGetName", &name_of) || init() != 0 ||
        count_of(&count) != 0) {
        snprintf(c->unknown, sizeof c->unknown, "libnvidia-ml.so.1 does not start");
        return 0;
    }
    for (unsigned i = 0; i < count; i++) {
        void *device;
        char text[nvml_name] = "";
        if (device_at(i, &device) != 0 || name_of(device, text, sizeof text) != 0 || strcmp(text, name) != 0) continue;
        c->device = device;
        same++;
    }
    if (same == 1) return 1;
    c->device = NULL;
    snprintf(c->unknown, sizeof c->unknown, "NVML has %u devices of that name", same);
    return 0;
}

static unsigned ask(const bench_clocks *c, const char *function, int type) {
    int (*call)(void *, int, unsigned *);
    unsigned mhz = 0;
    return find(c->library, function, &call) && call(c->device, type, &mhz) == 0 ? mhz : 0;
}

void clocks_open(bench_clocks *c, const ramp_device_info *info) {
    *c = (bench_clocks){.theory_gbs = NAN};
    if (strstr(info->name, "NVIDIA") == NULL) {
        snprintf(c->unknown, sizeof c->unknown, "no driver here tells a %s's clocks",
                 info->type == RAMP_DEVICE_CPU ? "CPU" : "device of this vendor");
        return;
    }
    c->library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (c->library == NULL) {
        snprintf(c->unknown, sizeof c->unknown, "%.200s", dlerror());
        return;
    }
    if (!find_device(c, info->name)) return;
    int (*width_of)(void *, unsigned *);
    unsigned bits = 0;
    c->sm_most = ask(c, "nvmlDeviceGetMaxClockInfo", nvml_sm);
    c->memory_most = ask(c, "nvmlDeviceGetMaxClockInfo", nvml_memory);
    if (find(c->library, "nvmlDeviceGetMemoryBusWidth", &width_of) && width_of(c->device, &bits) == 0 && bits > 0 && c->memory_most > 0)
        c->theory_gbs = (double)c->memory_most * 1e6 * 2 * bits / 8 * 1e-9; /* data on both edges */
}

void clocks_close(bench_clocks *c) {
    int (*stop)(void);
    if (c->library == NULL) return;
    if (find(c->library, "nvmlShutdown", &stop)) (void)stop();
    dlclose(c->library);
    c->library = c->device = NULL;
}

static void widen(unsigned mhz, unsigned *low, unsigned *high) {
    if (mhz == 0) return;
    if (*low == 0 || mhz < *low) *low = mhz;
    if (mhz > *high) *high = mhz;
}

void clocks_sample(bench_clocks *c) {
    int (*reasons_of)(void *, unsigned long long *);
    unsigned long long reasons = 0;
    if (c->device == NULL) return;
    c->samples++;
    widen(ask(c, "nvmlDeviceGetClockInfo", nvml_sm), &c->sm_low, &c->sm_high);
    widen(ask(c, "nvmlDeviceGetClockInfo", nvml_memory), &c->memory_low, &c->memory_high);
    if (find(c->library, "nvmlDeviceGetCurrentClocksThrottleReasons", &reasons_of) && reasons_of(c->device, &reasons) == 0)
        c->held_back |= reasons;
}

const char *clocks_held_back(const bench_clocks *c, char text[128]) {
    static const struct {
        unsigned long long bit;
        const char *word;
    } reason[] = {{0x4, "power cap"},        {0x8, "hardware slowdown"}, {0x10, "sync boost"},
                  {0x20, "heat (software)"}, {0x40, "heat (hardware)"},  {0x80, "power brake"}};
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof reason / sizeof reason[0] && used < 128; i++)
        if ((c->held_back & reason[i].bit) != 0)
            used += (size_t)snprintf(text + used, 128 - used, "%s%s", used > 0 ? ", " : "", reason[i].word);
    return text;
}

double clocks_difference(const bench_clock_check *check) {
    return check->calls > 0 && check->host_ms > 0 ? fabs(check->device_ms - check->host_ms) / check->host_ms : 0;
}
