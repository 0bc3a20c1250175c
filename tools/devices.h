/* devices.h: devices, as the programs show them. */
#ifndef TOOLS_DEVICES_H
#define TOOLS_DEVICES_H

#include "json.h"

#include <ramp/ramp.h>

/* --list: --backend and what it may name, one device a line; what is not ready with its reason. */
void devices_print(FILE *out);

/* Of the backend whose devices begin at list[at], the one that a program takes where none was named: the first GPU that is ready, else the first that is,
 * else the first. *next: where the next backend begins. */
size_t devices_choose(const ramp_device_info *list, size_t count, size_t at, size_t *next);

/* The members that every program's JSON has of a device, into the object that is open. */
void devices_json(json *j, const ramp_device_info *device);

#endif
