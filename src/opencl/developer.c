#include "developer.h"
#include "devices.h"
#include "os.h"

#include <stdlib.h>
#include <string.h>

ramp_status opencl_developer_without(unsigned *lacks) {
    static const struct {
        const char *word;
        unsigned lacks;
    } words[] = {
        {"fma", OPENCL_LACKS_FMA}, {"divide", OPENCL_LACKS_DIVIDE}, {"subnormals", OPENCL_LACKS_SUBNORMALS}, {"svm", OPENCL_LACKS_SVM}};
    const char *text = os_getenv_secure("RAMP_OPENCL_WITHOUT");
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, ","), i = 0;
        const size_t count = sizeof words / sizeof words[0];
        while (i < count && (strlen(words[i].word) != length || memcmp(words[i].word, text, length) != 0)) i++;
        if (i == count)
            return ramp_error_set(RAMP_ERROR_UNAVAILABLE, "RAMP_OPENCL_WITHOUT: '%.*s' is none of fma, divide, subnormals, svm",
                                  (int)length, text);
        *lacks |= words[i].lacks;
        text += length + (text[length] == ',');
    }
    return RAMP_OK;
}

ramp_status opencl_developer_cache(uint64_t *bytes) {
    const char *text = os_getenv_secure("RAMP_OPENCL_CACHE");
    if (text == NULL || *text == '\0') return RAMP_OK;
    if (strspn(text, "0123456789") != strlen(text))
        return ramp_error_set(RAMP_ERROR_UNAVAILABLE, "RAMP_OPENCL_CACHE: '%s' is no whole number of bytes", text);
    *bytes = strtoull(text, NULL, 10);
    return RAMP_OK;
}

ramp_status opencl_developer_form(int *is_cpu) {
    const char *text = os_getenv_secure("RAMP_OPENCL_FORM");
    if (text == NULL || *text == '\0') return RAMP_OK;
    if (strcmp(text, "gpu") != 0 && strcmp(text, "cpu") != 0)
        return ramp_error_set(RAMP_ERROR_UNAVAILABLE, "RAMP_OPENCL_FORM: '%s' is neither gpu nor cpu", text);
    *is_cpu = strcmp(text, "cpu") == 0;
    return RAMP_OK;
}
