#include "selector.h"
#include "ascii.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ramp_status refuse(const char *text, const char *fault) {
    char quoted[81];
    size_t length = 0;
    for (; text[length] != '\0' && length < sizeof quoted - 1; length++) {
        unsigned char c = (unsigned char)text[length];
        quoted[length] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    }
    quoted[length] = '\0';
    return ramp_error_set(
        RAMP_ERROR_ARGUMENT,
        "selector '%s%s': %s; write auto, or a list such as cuda,opencl,cpu whose entries may name a device by index, type or part of "
        "its name: cuda:1, opencl:gpu, opencl:NVIDIA",
        quoted, text[length] != '\0' ? "..." : "", fault);
}

static char *trim(char *text) {
    static const char *const spaces = " \t\r\n";
    text += strspn(text, spaces);
    size_t length = strlen(text);
    while (length > 0 && strchr(spaces, text[length - 1]) != NULL) text[--length] = '\0';
    return text;
}

/* Which a message that quotes it would bring to a terminal. */
static int has_control(const char *text) {
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) return 1;
    return 0;
}

ramp_status selector_parse(const char *text, selector *out) {
    memset(out, 0, sizeof *out);
    if (strlen(text) >= selector_capacity) return refuse(text, "it is too long");
    memcpy(out->text, text, strlen(text) + 1);
    for (char *next = out->text; next != NULL;) {
        char *entry = next;
        next = strchr(entry, ',');
        if (next != NULL) *next++ = '\0';
        char *device = strchr(entry, ':');
        if (device != NULL) *device++ = '\0';
        entry = trim(entry);
        if (device != NULL) device = trim(device);
        if (has_control(entry) || (device != NULL && has_control(device))) return refuse(text, "it has a character that is no text");
        if (*entry == '\0') return refuse(text, device != NULL ? "an entry names a device and no backend" : "an entry is empty");
        if (device != NULL && *device == '\0') return refuse(text, "a colon is followed by no device");
        if (ascii_same(entry, "auto")) {
            if (device != NULL || next != NULL || out->count > 0) return refuse(text, "auto stands alone");
            out->is_auto = 1;
            return RAMP_OK;
        }
        if (out->count == selector_max_entries) return refuse(text, "it has more than 16 entries");
        out->entry[out->count++] = (selector_entry){entry, device};
    }
    return RAMP_OK;
}

static const struct {
    const char *word;
    ramp_device_type type;
} types[] = {{"gpu", RAMP_DEVICE_GPU}, {"cpu", RAMP_DEVICE_CPU}, {"accelerator", RAMP_DEVICE_ACCELERATOR}};

/* 0: it is no type's word. */
static ramp_device_type type_of(const char *device) {
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (ascii_same(device, types[i].word)) return types[i].type;
    return (ramp_device_type)0;
}

int selector_matches(const char *device, const ramp_device_info *info, size_t ordinal) {
    if (device == NULL) return 1;
    if (strspn(device, "0123456789") == strlen(device)) return strtoull(device, NULL, 10) == ordinal;
    ramp_device_type type = type_of(device);
    return type != 0 ? info->type == type : ascii_contains(info->name, device);
}

int selector_is_name(const char *device) { return device != NULL && type_of(device) == 0; }
