#include "bench.h"
#include "program.h"

#include <stdarg.h>

void bench_note(bench_session *s, const char *format, ...) {
    s->note = program_resize(s->note, s->notes + 1, sizeof *s->note);
    va_list arguments;
    va_start(arguments, format);
    size_t length = (size_t)vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    s->note[s->notes] = program_resize(NULL, length + 1, 1);
    va_start(arguments, format);
    vsnprintf(s->note[s->notes++], length + 1, format, arguments);
    va_end(arguments);
}
