#include "devices.h"
#include "program.h"

#include <stdlib.h>
#include <string.h>

void devices_print(FILE *out) {
    ramp_device_info *list;
    size_t count;
    fputs("--backend\n", out);
    if (program_devices(NULL, &list, &count) != RAMP_OK) {
        fprintf(out, "  %s\n", ramp_last_error());
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (list[i].status == RAMP_OK)
            fprintf(out, "  %-10s %s\n", list[i].selector, list[i].name);
        else
            fprintf(out, "  %-10s not ready: %s\n", list[i].selector, list[i].reason);
    free(list);
}

static int worth(const ramp_device_info *device) { return (device->status == RAMP_OK) * 2 + (device->type == RAMP_DEVICE_GPU); }

size_t devices_choose(const ramp_device_info *list, size_t count, size_t at, size_t *next) {
    size_t best = at;
    for (*next = at; *next < count && strcmp(list[*next].backend, list[at].backend) == 0; ++*next)
        if (worth(&list[*next]) > worth(&list[best])) best = *next;
    return best;
}

void devices_json(json *j, const ramp_device_info *device) {
    json_text(j, "backend", device->backend);
    json_text(j, "selector", device->selector);
    json_text(j, "name", device->name);
    json_text(j, "driver", device->driver);
    json_text(j, "type", device->type != 0 ? program_type(device->type) : NULL);
    json_count(j, "memory", device->memory);
}
