/* info.h: what ramp-info found out, and its two ways to say it. */
#ifndef TOOLS_INFO_H
#define TOOLS_INFO_H

#include <ramp/ramp.h>

typedef struct info_facts {
    const ramp_device_info *device; /* backends in order of preference; one that cannot start is a row with its reason */
    size_t count;
    const char *source;     /* what the choice was made from: "--backend", "RAMP_BACKEND" or "auto" */
    const char *text;       /* and its value */
    const char *chosen;     /* the selector of the device that it opens; NULL where it opens none */
    const char *chosen_why; /* then why */
} info_facts;

void info_json(const info_facts *facts);
void info_text(const info_facts *facts);

#endif
