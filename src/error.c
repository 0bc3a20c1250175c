#include "error.h"

#include <ramp/backend.h>

#include <stdarg.h>
#include <stdio.h>

/* One sentence a thread, large enough for the head of a compiler's build log. */
static _Thread_local char message[8192];
static _Thread_local unsigned count;

ramp_status ramp_error_set(ramp_status status, const char *format, ...) {
    /* The arguments may quote the last message: write beside it, then copy. */
    char next[sizeof message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(next, sizeof next, format, arguments);
    va_end(arguments);
    snprintf(message, sizeof message, "%s", next);
    count++;
    return status;
}

unsigned error_count(void) { return count; }

const char *ramp_last_error(void) { return message; }

const char *ramp_status_name(ramp_status status) {
    switch (status) {
    case RAMP_OK: return "RAMP_OK";
    case RAMP_ERROR_ARGUMENT: return "RAMP_ERROR_ARGUMENT";
    case RAMP_ERROR_UNSUPPORTED: return "RAMP_ERROR_UNSUPPORTED";
    case RAMP_ERROR_UNAVAILABLE: return "RAMP_ERROR_UNAVAILABLE";
    case RAMP_ERROR_MEMORY: return "RAMP_ERROR_MEMORY";
    case RAMP_ERROR_DEVICE: return "RAMP_ERROR_DEVICE";
    case RAMP_ERROR_FORKED: return "RAMP_ERROR_FORKED";
    }
    return "unknown ramp_status";
}

uint32_t ramp_version(void) { return RAMP_VERSION_MAJOR << 16 | RAMP_VERSION_MINOR << 8 | RAMP_VERSION_PATCH; }
