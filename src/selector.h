/* selector.h: the grammar of a selector. It knows backends' names, and no backend. */
#ifndef RAMP_SELECTOR_H
#define RAMP_SELECTOR_H

#include <ramp/backend.h>

enum { selector_max_entries = 16, selector_capacity = 256 };

typedef struct selector_entry {
    const char *backend; /* as written, any case */
    const char *device;  /* what follows the colon: an index, a type or part of a name; NULL where there is none */
} selector_entry;

typedef struct selector {
    int is_auto;
    int count; /* 0 where is_auto */
    selector_entry entry[selector_max_entries];
    char text[selector_capacity]; /* what the entries point into */
} selector;

/* Split the text. ARGUMENT: it quotes the text and gives the grammar. */
ramp_status selector_parse(const char *text, selector *out);

/* Whether this device, number `ordinal` of its backend, is one that `device` means (NULL: any). */
int selector_matches(const char *device, const ramp_device_info *info, size_t ordinal);

/* Whether `device` is an index or part of a name: it means a device, and not any of a kind. */
int selector_is_name(const char *device);

#endif
